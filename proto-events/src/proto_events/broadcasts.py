"""Facts of broadcasts: one message to every contact of a list."""

from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment


@event("broadcast.created", aggregate="broadcast", producer="automation", data_class="none")
class BroadcastCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A broadcast to the contacts of `list_id` was drafted; nothing is sent yet."""

    broadcast_id: UUID
    name: str
    list_id: UUID


@event("broadcast.scheduled", aggregate="broadcast", producer="automation", data_class="none")
class BroadcastScheduled(msgspec.Struct, frozen=True, kw_only=True):
    """A broadcast was given its time. Told again when it is given another."""

    broadcast_id: UUID
    scheduled_for: Moment


@event("broadcast.started", aggregate="broadcast", producer="automation", data_class="none")
class BroadcastStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A broadcast began to send; who receives it is settled from now on."""

    broadcast_id: UUID


@event("broadcast.completed", aggregate="broadcast", producer="automation", data_class="none")
class BroadcastCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """A broadcast reached the end of its list.

    Both totals count contacts. `total_sent` says that the provider took the message, not that it
    was delivered. Contacts who were skipped, for instance without consent, are in neither.
    """

    broadcast_id: UUID
    total_sent: int
    total_failed: int


@event("broadcast.cancelled", aggregate="broadcast", producer="automation", data_class="none")
class BroadcastCancelled(msgspec.Struct, frozen=True, kw_only=True):
    """A person called a broadcast off; what was sent before stays sent."""

    broadcast_id: UUID


@event("broadcast.failed", aggregate="broadcast", producer="automation", data_class="none")
class BroadcastFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A broadcast as a whole could not go on; `reason` says why, in words.

    Single contacts whose message failed are counted in `broadcast.completed` instead.
    """

    broadcast_id: UUID
    reason: str
