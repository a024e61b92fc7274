"""Gaps opened, filled, tried again, and closed."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

from platform_bus import emit
from platform_core.clock import utc_now
from platform_core.errors import DomainError
from platform_postgres import Database, Tx
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.channel import ChannelNotFound
from ventros_channels.domain.gap import (
    ATTEMPTS,
    CUT,
    NOT_SHOWN,
    SLACK,
    Filled,
    Gap,
    reachable,
    wait_after,
)
from ventros_channels.domain.provider_errors import UnsupportedByProvider
from ventros_channels.events import say_gaps
from ventros_channels.reconcile import Reconciler
from ventros_channels.store import deliveries, gaps
from ventros_channels.store.gaps import NewGap

HOLD: Final = timedelta(minutes=10)
"""So long one attempt may take; then somebody else takes the gap."""

_DEADLINE: Final = 540.0


async def open_gap(tx: Tx, tenant_id: UUID, new: NewGap) -> UUID:
    """Note a gap, or that one which is open is larger, and say what is new."""
    gap_id, is_new = await gaps.open_gap(tx, tenant_id, new)
    if is_new:
        place = await deliveries.next_place(tx)
        await emit(tx, [say_gaps.found(tenant_id, gap_id, new, utc_now(), place)])
    return gap_id


async def fill(database: Database, reconciler: Reconciler, gap: Gap) -> Filled:
    """One attempt at a gap that is held, and what became of it. To do it twice does no harm.

    Raises:
        what `Reconciler.fetch` raises, and TimeoutError: it is put off, or given up.
        what the database raises: the gap is due again when it is held no longer.
    """
    # Who asked for a span by hand means that one.
    slack = SLACK if gap.cause != "operator" else timedelta()
    since = reachable(gap.since - slack, gap.until)
    try:
        async with asyncio.timeout(_DEADLINE):
            filled = await reconciler.fetch(gap.channel_id, since, gap.until)
    except (ChannelNotFound, UnsupportedByProvider) as error:
        await _end(database, gap, None, str(error))
        raise
    except (DomainError, NotSent, TimeoutError):
        await _later(database, gap, None)
        raise
    if filled.whole:
        await _end(database, gap, filled, CUT if since > gap.since else None)
    else:
        await _later(database, gap, filled)
    return filled


async def _later(database: Database, gap: Gap, filled: Filled | None) -> None:
    if gap.attempts >= ATTEMPTS:
        await _end(database, gap, filled, NOT_SHOWN)
        return
    async with database.tenant(gap.tenant_id) as tx:
        if filled is not None:
            await gaps.note(tx, gap.id, filled)
        await gaps.put_off(tx, gap.id, utc_now() + wait_after(gap.attempts))


async def _end(database: Database, gap: Gap, filled: Filled | None, reason: str | None) -> None:
    async with database.tenant(gap.tenant_id) as tx:
        if filled is not None:
            await gaps.note(tx, gap.id, filled)
        closed = await gaps.close(tx, gap, reason)
        if closed is not None:
            place = await deliveries.next_place(tx)
            await emit(tx, [say_gaps.closed(closed, utc_now(), place)])
