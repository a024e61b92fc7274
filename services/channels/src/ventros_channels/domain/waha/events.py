"""Names of WAHA's events."""

from typing import Final

MESSAGE_EVENTS: Final = frozenset({"message", "message.any"})
"""The events that the normaliser turns into messages."""

KNOWN_EVENTS: Final = MESSAGE_EVENTS | {
    "call.accepted",
    "call.received",
    "call.rejected",
    "chat.archive",
    "engine.event",
    "event.response",
    "event.response.failed",
    "group.join",
    "group.leave",
    "group.v2.join",
    "group.v2.leave",
    "group.v2.participants",
    "group.v2.update",
    "label.chat.added",
    "label.chat.deleted",
    "label.deleted",
    "label.upsert",
    "message.ack",
    "message.ack.group",
    "message.edited",
    "message.reaction",
    "message.revoked",
    "message.waiting",
    "poll.vote",
    "poll.vote.failed",
    "presence.update",
    "session.status",
    "state.change",
}
"""All of WAHA's enumeration (2026.7)."""
