"""Ask for an import, begin it, end it."""

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_channels.domain.channel import Channel
from ventros_channels.domain.history import (
    HistoryImport,
    HistoryImportEnded,
    HistoryImportNotFound,
    HistoryImportRunning,
    Strategy,
    span,
)
from ventros_channels.events import say_history
from ventros_channels.store import history_chats, history_imports
from ventros_channels.store.history_imports import NewImport

Ending: TypeAlias = Literal["completed", "failed", "cancelled"]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for; `until` None: up to now."""

    since: datetime
    until: datetime | None
    strategy: Strategy
    chat_limit: int | None


async def request_import(
    tx: Tx, channel: Channel, wanted: Wanted, now: datetime
) -> tuple[HistoryImport, Outgoing]:
    """An import of the channel, and the event that says so.

    Raises:
        SpanEmpty, HistoryImportRunning
    """
    imported = None
    if wanted.strategy == "new_only":
        imported = await history_imports.imported_until(tx, channel.id)
    since, until = span(wanted.since, wanted.until, now, imported)
    new = NewImport(
        tenant_id=channel.tenant_id,
        id=new_id(),
        project_id=channel.project_id,
        channel_id=channel.id,
        strategy=wanted.strategy,
        since=since,
        until=until,
        chat_limit=wanted.chat_limit,
        requested_at=now,
    )
    if not await history_imports.add(tx, new):
        raise HistoryImportRunning("The channel's history is being imported.")
    what = await get_import(tx, channel.id, new.id)
    return what, say_history.requested(what, await _place(tx))


async def cancel_import(
    tx: Tx, channel_id: UUID, import_id: UUID, now: datetime
) -> tuple[HistoryImport, Outgoing | None]:
    """Stop it: what was taken in stays. One that was stopped before stays so, and says nothing.

    Raises:
        HistoryImportNotFound
        HistoryImportEnded: it ended otherwise.
    """
    told = await end_import(tx, import_id, "cancelled", now)
    what = await get_import(tx, channel_id, import_id)
    if told is None and what.status != "cancelled":
        raise HistoryImportEnded("The import came to its end before.")
    return what, told


async def begin_import(tx: Tx, import_id: UUID, now: datetime) -> list[Outgoing]:
    """Work on it begins; nothing is said when it had begun before."""
    if not await history_imports.begin(tx, import_id, now):
        return []
    what = await history_imports.get(tx, import_id)
    return [] if what is None else [say_history.started(what, now, await _place(tx))]


async def end_import(
    tx: Tx, import_id: UUID, status: Ending, now: datetime, *, reason: str | None = None
) -> Outgoing | None:
    """It is over; None: it was before."""
    if not await history_imports.end(tx, import_id, status, now, reason=reason):
        return None
    what = await history_imports.get(tx, import_id)
    return None if what is None else say_history.ended(what, now, await _place(tx))


async def get_import(tx: Tx, channel_id: UUID, import_id: UUID) -> HistoryImport:
    """Raises `HistoryImportNotFound`."""
    what = await history_imports.get(tx, import_id)
    if what is None or what.channel_id != channel_id:
        raise HistoryImportNotFound("The channel has no such import.")
    return what


async def _place(tx: Tx) -> int:
    return (await history_chats.places(tx, 1))[0]
