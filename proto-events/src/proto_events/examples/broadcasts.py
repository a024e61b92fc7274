"""Examples: the March offers go out; word of a holiday is called off."""

from typing import Final

from proto_events.broadcasts import (
    BroadcastCancelled,
    BroadcastCompleted,
    BroadcastCreated,
    BroadcastFailed,
    BroadcastScheduled,
    BroadcastStarted,
)
from proto_events.examples.world import (
    BROADCAST,
    FAILED_BROADCAST,
    OTHER_BROADCAST,
    TABLES_LIST,
    at,
)

EXAMPLES: Final = (
    BroadcastCreated(
        broadcast_id=BROADCAST, name="Ofertas de março: mesas de jantar", list_id=TABLES_LIST
    ),
    BroadcastScheduled(broadcast_id=BROADCAST, scheduled_for=at(13, days=8)),
    BroadcastStarted(broadcast_id=BROADCAST),
    BroadcastCompleted(broadcast_id=BROADCAST, total_sent=184, total_failed=3),
    BroadcastCancelled(broadcast_id=OTHER_BROADCAST),
    BroadcastFailed(
        broadcast_id=FAILED_BROADCAST, reason="The channel was disconnected for more than an hour."
    ),
)
