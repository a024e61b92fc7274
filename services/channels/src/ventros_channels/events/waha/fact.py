"""What a webhook says beside messages: one fact of `proto_events`, and what makes it one."""

import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from proto_events.provider_facts import MessageRef, Somebody
from ventros_channels.domain.waha.addresses import Address, read_address
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.members import JsonObject, child, clean, text
from ventros_channels.domain.waha.message_id import (
    MAX_STANZA,
    MessageId,
    bare_stanza,
    read_message_id,
)
from ventros_channels.domain.waha.moment import occurred_at, told_at
from ventros_channels.domain.waha.party import member_of_group, other_party, push_name

_CHATS: Final = ("phone", "lid", "group")


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What ingress knows of a webhook; it is in every fact that the webhook says."""

    channel_id: UUID
    received_at: datetime
    ingress_seq: int


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """An event to be told once: `key` names it among the events of its type on its channel.

    `at` is the provider's time. `group` says that it is of a message in a group, which a channel
    may leave out.
    """

    event: msgspec.Struct
    key: str
    at: datetime
    group: bool = False


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook on its way through the readers."""

    envelope: JsonObject
    payload: JsonObject
    stamp: Stamp

    @property
    def data(self) -> JsonObject:
        """The engine's own document."""
        return child(self.payload, "_data")

    @property
    def common(self) -> dict[str, Any]:
        """The members that all facts have, as arguments of their Structs."""
        return msgspec.structs.asdict(self.stamp)

    def written_at(self, owner: JsonObject) -> datetime:
        """The time that `owner` has, else that of the webhook, else of its arrival."""
        return occurred_at(owner, child(owner, "_data"), self.envelope, self.stamp.received_at)

    def told_at(self) -> datetime:
        """The time of the webhook, where its payload has the time of something else or none."""
        return told_at(self.data, self.envelope, self.stamp.received_at)


def message_in(owner: JsonObject) -> MessageId | None:
    """The id of a message in a chat that we keep; None for statuses, newsletters and the like."""
    message_id = read_message_id(owner)
    return message_id if message_id.chat.kind in _CHATS else None


def ref(chat: Address, stanza: str, *, from_me: bool | None) -> MessageRef:
    """The message in this chat."""
    return MessageRef(chat=chat.value, stanza=stanza, from_me=from_me)


def target(owner: MessageId, value: object, *, from_me: bool | None) -> MessageRef | None:
    """Another message of the same chat, by an id that may be whole or only its stanza."""
    given = value if isinstance(value, str) else None
    stanza = bare_stanza(given)
    if stanza is None or given is None:
        return None
    if stanza != given:
        from_me = given.startswith("true_")
    return ref(owner.chat, stanza, from_me=from_me)


def somebody(message_id: MessageId, payload: JsonObject, data: JsonObject) -> Somebody:
    """Who wrote the message with this id."""
    if message_id.from_me:
        return Somebody(from_me=True)
    if message_id.chat.kind == "group":
        party = member_of_group(message_id, payload, data)
    else:
        party = other_party(message_id, data)
    return Somebody(from_me=False, party=party, push_name=push_name(data, from_me=False))


def chat_of(value: object) -> Address:
    """The chat in `value`.

    Raises:
        UnparsableError: `chat_unknown`.
    """
    address = read_address(value)
    if address is None:
        raise UnparsableError("chat_unknown")
    return address


def word(owner: JsonObject, *names: str) -> str | None:
    """A text, or a number as one: ids of labels are both."""
    found = text(owner, *names)
    if found is not None:
        return found
    for name in names:
        value = owner.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
            return clean(str(value), MAX_STANZA)
    return None


def digest(event: msgspec.Struct) -> str:
    """A key of what an event says, whenever it came."""
    said = msgspec.to_builtins(event)
    for stamped in ("received_at", "ingress_seq"):
        said.pop(stamped, None)
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:32]
