"""What a WAHA session is told of us: where to post, what, signed with which key."""

from typing import Any, Final

from ventros_channels.domain.lifecycle import Hook

JsonObject = dict[str, Any]

EVENTS: Final = (
    "message.any",
    "message.ack",
    "message.ack.group",
    "message.reaction",
    "message.edited",
    "message.revoked",
    "session.status",
    "call.received",
    "call.accepted",
    "call.rejected",
    "chat.archive",
    "group.v2.join",
    "group.v2.leave",
    "group.v2.update",
    "group.v2.participants",
    "label.upsert",
    "label.deleted",
    "label.chat.added",
    "label.chat.deleted",
    "poll.vote",
    "poll.vote.failed",
)
"""The events that we read. `message.any` has all that `message` has."""

RETRIES: Final[JsonObject] = {"policy": "exponential", "delaySeconds": 2, "attempts": 15}
"""Each wait is twice the one before: a receiver that is away for hours is told all the same, where
the constant waits of WAHA's example give up after half a minute."""


def with_hook(config: JsonObject, hook: Hook) -> JsonObject:
    """The configuration with our webhook in it; all else stays, other receivers included."""
    ours = {
        "url": hook.url,
        "events": list(EVENTS),
        "hmac": {"key": hook.hmac_key},
        "retries": RETRIES,
    }
    given = config.get("webhooks")
    known = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    place = next((index for index, one in enumerate(known) if one.get("url") == hook.url), None)
    if place is None:
        return {**config, "webhooks": [*known, ours]}
    # Members that we do not set, such as headers for a proxy on the way, stay.
    return {**config, "webhooks": [*known[:place], {**known[place], **ours}, *known[place + 1 :]]}
