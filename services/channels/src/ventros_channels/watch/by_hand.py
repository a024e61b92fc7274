"""A gap that an operator knows of."""

from datetime import datetime, timedelta
from uuid import UUID

from platform_core.errors import Invalid
from platform_postgres import Database
from ventros_channels.domain.channel import ChannelNotFound
from ventros_channels.domain.gap import LONGEST, Filled
from ventros_channels.reconcile import Reconciler
from ventros_channels.store import gaps
from ventros_channels.store.gaps import NewGap
from ventros_channels.watch.gaps import HOLD, fill, open_gap


class SpanTooLong(Invalid):
    """More than `LONGEST` was asked for."""

    code = "reconciliation_span_too_long"


async def reconcile(
    database: Database, reconciler: Reconciler, channel_id: UUID, since: datetime, until: datetime
) -> Filled:
    """Note the gap and fill it now; what cannot be read now the service tries again.

    Raises:
        ChannelNotFound, SpanTooLong, UnsupportedByProvider
        Unavailable: the channel's secrets do not decrypt.
        NotSent: the provider does not say which chats there are.
    """
    if not timedelta() <= until - since <= LONGEST:
        raise SpanTooLong("At most the last 24 hours can be reconciled.")
    channel = (await reconciler.reach(channel_id)).channel
    new = NewGap(
        project_id=channel.project_id,
        channel_id=channel_id,
        cause="operator",
        since=since,
        until=until,
    )
    async with database.tenant(channel.tenant_id) as tx:
        gap = await gaps.hold(tx, await open_gap(tx, channel.tenant_id, new), HOLD)
    if gap is None:
        raise ChannelNotFound("The gap was closed by somebody else.")
    return await fill(database, reconciler, gap)
