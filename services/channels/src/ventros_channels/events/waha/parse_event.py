"""From the bytes of any webhook to the fact that it says.

Lenient as `parse` is: an event that we do not read, and a word of WAHA's that came up since, are
no error. They are stored raw.
"""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.members import child
from ventros_channels.domain.waha.parse import read_object
from ventros_channels.events.waha import account_facts, message_facts
from ventros_channels.events.waha.fact import Fact, Stamp, Webhook

_READERS: Final[Mapping[str, Callable[[Webhook], Fact | None]]] = {
    "call.accepted": account_facts.call_accepted,
    "call.received": account_facts.call_received,
    "call.rejected": account_facts.call_rejected,
    "chat.archive": account_facts.chat_archived,
    "group.v2.join": account_facts.group_joined,
    "group.v2.leave": account_facts.group_left,
    "group.v2.participants": account_facts.group_participants,
    "group.v2.update": account_facts.group_updated,
    "label.chat.added": account_facts.label_added,
    "label.chat.deleted": account_facts.label_removed,
    "label.deleted": account_facts.label_deleted,
    "label.upsert": account_facts.label_upserted,
    "message.ack": message_facts.ack,
    "message.ack.group": message_facts.ack,
    "message.edited": message_facts.edited,
    "message.reaction": message_facts.reaction,
    "message.revoked": message_facts.revoked,
    "poll.vote": message_facts.vote,
    "poll.vote.failed": message_facts.vote_failed,
    "session.status": account_facts.connection_changed,
}

FACT_EVENTS: Final = frozenset(_READERS)
"""The events that become facts; the others that are no messages stay raw on purpose."""


def parse_event(event: str, body: bytes | msgspec.Raw, stamp: Stamp) -> Fact | None:
    """The fact that a webhook says; None when it stays raw.

    Raises:
        UnparsableError: it cannot be what its event says; the reason is stable.
    """
    reader = _READERS.get(event)
    if reader is None:
        return None
    envelope = read_object(body)
    payload = child(envelope, "payload")
    if not payload:
        raise UnparsableError("payload_missing")
    return reader(Webhook(envelope=envelope, payload=payload, stamp=stamp))


def parse_in_message(body: bytes | msgspec.Raw, stamp: Stamp) -> Fact | None:
    """The reaction, edit or revocation in a `message` or `message.any`; None for a message.

    Raises:
        UnparsableError: as `parse_event`.
    """
    envelope = read_object(body)
    payload = child(envelope, "payload")
    return message_facts.in_message(Webhook(envelope=envelope, payload=payload, stamp=stamp))
