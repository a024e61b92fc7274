"""What a refusal says of the channel itself: its key is not accepted, or it is barred.

Whoever calls a provider and has its key refused says so here, and nobody calls it any more.
"""

from typing import Final

from platform_bus import Outgoing, emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.channels import ChannelConnectionChanged
from ventros_channels.domain.whatsapp_cloud.failures import SUSPENDED, UNAUTHORIZED
from ventros_channels.store import channels, senders
from ventros_channels.store.senders import Line, Turn

ENDED_BY_SENDING: Final = frozenset({UNAUTHORIZED, SUSPENDED})
"""States that are over once a message was taken: nothing else tells of their end."""


async def note_connection(
    tx: Tx, turn: Turn, line: Line, status: str, reason: str | None = None
) -> None:
    """Write the state down and say it, if it is news."""
    now = utc_now()
    if not await channels.connection_changed(tx, turn.channel_id, status, now):
        return
    event = ChannelConnectionChanged(
        channel_id=turn.channel_id,
        provider_session=line.session,
        status=status,
        message=reason,
        changed_at=now,
    )
    said = Outgoing(
        event=event,
        tenant_id=turn.tenant_id,
        project_id=line.project_id,
        subject=turn.channel_id,
        sequence=int(now.timestamp() * 1000),
        partition_key=str(turn.channel_id),
    )
    await emit(tx, [said])


async def note_refused_key(tx: Tx, turn: Turn, line: Line, reason: str) -> None:
    """Nothing is called with the line's key from now on, until it is replaced."""
    if line.api_key is not None:
        await senders.refuse_key(tx, turn, line.api_key.version)
    await note_connection(tx, turn, line, UNAUTHORIZED, reason)
