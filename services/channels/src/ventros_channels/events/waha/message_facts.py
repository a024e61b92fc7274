"""What becomes of a message: acknowledged, reacted to, edited, revoked, voted on."""

from datetime import datetime
from typing import Final

from proto_events.conversation import MAX_TEXT, Content
from proto_events.provider_facts import (
    AckStatus,
    ChannelMessageAck,
    ChannelMessageEdited,
    ChannelMessageReaction,
    ChannelMessageRevoked,
    ChannelPollVoted,
    MessageRef,
    Somebody,
)
from ventros_channels.domain.waha.content import read_content
from ventros_channels.domain.waha.document import protocol_of, read_document
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.members import SHORT, JsonObject, child, clean, number, text
from ventros_channels.domain.waha.message_id import MessageId, bare_stanza
from ventros_channels.domain.waha.party import member_of_group
from ventros_channels.events.waha.fact import (
    Fact,
    Webhook,
    message_in,
    ref,
    somebody,
    target,
)

_ACKS: Final[dict[int, AckStatus]] = {
    -1: "failed",
    0: "pending",
    1: "sent",
    2: "delivered",
    3: "read",
    4: "played",
}
_ACK_NAMES: Final[dict[str, AckStatus]] = {
    "ERROR": "failed",
    "PENDING": "pending",
    "SERVER": "sent",
    "DEVICE": "delivered",
    "READ": "read",
    "PLAYED": "played",
}
_NO_REASON: Final = "The provider gives no reason."
_MAX_OPTIONS: Final = 100
_MAX_EMOJI: Final = 64
_REVOKE: Final = (0, "REVOKE")
_EDIT: Final = (14, "MESSAGE_EDIT")


def ack(webhook: Webhook) -> Fact | None:
    """`message.ack`, `message.ack.group`: by the number, else by the name; an unknown one is
    left raw."""
    payload = webhook.payload
    message_id = message_in(payload)
    status = ack_status(payload)
    if message_id is None or status is None:
        return None
    group = message_id.chat.kind == "group"
    recipient = member_of_group(message_id, payload, webhook.data) if group else []
    at = webhook.told_at()
    event = ChannelMessageAck(
        message=ref(message_id.chat, message_id.stanza, from_me=message_id.from_me),
        status=status,
        recipient=recipient,
        error=_error(payload) if status == "failed" else None,
        acknowledged_at=at,
        **webhook.common,
    )
    who = recipient[-1].value if recipient else ""
    return Fact(
        event=event,
        key=f"{_side(message_id)}:{message_id.stanza}:{who}:{status}",
        at=at,
        group=group,
    )


def reaction(webhook: Webhook) -> Fact | None:
    """`message.reaction`."""
    message_id = message_in(webhook.payload)
    said = child(webhook.payload, "reaction")
    if message_id is None:
        return None
    message = target(message_id, said.get("messageId"), from_me=None)
    if message is None:
        raise UnparsableError("message_id_missing")
    return _reaction(webhook, message_id, message, said.get("text"))


def edited(webhook: Webhook) -> Fact | None:
    """`message.edited`: WAHA puts the new text into the body, the engine's document may have
    the edit, or the message as it now is."""
    payload = webhook.payload
    message_id = message_in(payload)
    if message_id is None:
        return None
    protocol = protocol_of(webhook.data)
    named = text(payload, "editedMessageId") or _key_of(protocol) or message_id.stanza
    message = target(message_id, named, from_me=message_id.from_me)
    if message is None:
        raise UnparsableError("message_id_malformed")
    return _edit(webhook, message_id, message, protocol)


def revoked(webhook: Webhook) -> Fact | None:
    """`message.revoked`: `after` is what told of it, `before` the message; either may be null."""
    after, before = child(webhook.payload, "after"), child(webhook.payload, "before")
    message_id = message_in(after or before)
    if message_id is None:
        return None
    side = message_id.from_me if message_id.chat.kind != "group" else None
    named = (
        text(webhook.payload, "revokedMessageId")
        or text(before, "id")
        or _key_of(protocol_of(child(after, "_data")))
        or message_id.stanza
    )
    message = target(message_id, named, from_me=side)
    if message is None:
        raise UnparsableError("message_id_malformed")
    by = somebody(message_id, after, child(after, "_data"))
    return _revoke(webhook, message_id, message, by, webhook.written_at(after))


def vote(webhook: Webhook) -> Fact | None:
    """`poll.vote`."""
    return _vote(webhook, readable=True)


def vote_failed(webhook: Webhook) -> Fact | None:
    """`poll.vote.failed`: that somebody voted is known, and not what."""
    return _vote(webhook, readable=False)


def in_message(webhook: Webhook) -> Fact | None:
    """The reaction, edit or revocation that came as a message; None for what is a message."""
    document = read_document(webhook.data, text_limit=MAX_TEXT)
    protocol = protocol_of(webhook.data)
    if document.type != "reaction" and not protocol:
        return None
    message_id = message_in(webhook.payload)
    if message_id is None:
        return None
    if document.type != "reaction":
        return _of_protocol(webhook, message_id, protocol)
    said = read_content(webhook.payload, document).reaction
    if said is None:
        return None
    # Whose the message is, the engines say from either side's point of view.
    message = ref(message_id.chat, said.stanza, from_me=None)
    return _reaction(webhook, message_id, message, said.emoji)


def _of_protocol(webhook: Webhook, message_id: MessageId, protocol: JsonObject) -> Fact | None:
    kind, key = protocol.get("type"), _key_of(protocol)
    if key is None or isinstance(kind, bool):
        return None
    if kind in _EDIT:
        message = ref(message_id.chat, key, from_me=message_id.from_me)
        return _edit(webhook, message_id, message, protocol)
    if kind in _REVOKE:
        side = message_id.from_me if message_id.chat.kind != "group" else None
        message = ref(message_id.chat, key, from_me=side)
        by = somebody(message_id, webhook.payload, webhook.data)
        return _revoke(webhook, message_id, message, by, webhook.written_at(webhook.payload))
    return None


def _reaction(webhook: Webhook, message_id: MessageId, message: MessageRef, emoji: object) -> Fact:
    at = webhook.written_at(webhook.payload)
    event = ChannelMessageReaction(
        message=message,
        by=somebody(message_id, webhook.payload, webhook.data),
        emoji=clean(emoji, _MAX_EMOJI) if isinstance(emoji, str) else "",
        reacted_at=at,
        **webhook.common,
    )
    return _fact(event, message_id, message_id.stanza, at)


def _edit(
    webhook: Webhook, message_id: MessageId, message: MessageRef, protocol: JsonObject
) -> Fact:
    """An edit with an id of its own is known by it; else by its message and its time."""
    at = _edited_at(webhook, protocol, own=message_id.stanza != message.stanza)
    key = message_id.stanza
    if key == message.stanza:
        key = f"{key}:{int(at.timestamp() * 1000)}"
    event = ChannelMessageEdited(
        message=message, content=_new_content(webhook, protocol), edited_at=at, **webhook.common
    )
    return _fact(event, message_id, key, at)


def _edited_at(webhook: Webhook, protocol: JsonObject, *, own: bool) -> datetime:
    sender = number(protocol, "timestampMs", "timestampMS")
    if sender is None:
        sender = number(webhook.data, "latestEditSenderTimestampMs")
    if sender is not None:
        return webhook.written_at({"timestamp": sender})
    # A browser engine tells the message again as it now is, with the time of its first writing.
    return webhook.written_at(webhook.payload) if own else webhook.told_at()


def _new_content(webhook: Webhook, protocol: JsonObject) -> Content:
    inner = child(protocol, "editedMessage")
    inner = child(inner, "message", "Message") or inner
    data: JsonObject = {"message": inner} if inner else {} if protocol else webhook.data
    content = read_content(webhook.payload, read_document(data, text_limit=MAX_TEXT))
    if content.type == "system":
        raise UnparsableError("content_missing")
    return content


def _revoke(
    webhook: Webhook, message_id: MessageId, message: MessageRef, by: Somebody, at: datetime
) -> Fact:
    event = ChannelMessageRevoked(message=message, by=by, revoked_at=at, **webhook.common)
    return _fact(event, message_id, message.stanza, at)


def _vote(webhook: Webhook, *, readable: bool) -> Fact | None:
    said, poll = child(webhook.payload, "vote"), child(webhook.payload, "poll")
    vote_id = message_in(said)
    if vote_id is None:
        return None
    message = target(vote_id, poll.get("id"), from_me=None)
    if message is None:
        raise UnparsableError("message_id_missing")
    chosen = said.get("selectedOptions") if readable else None
    options = chosen if isinstance(chosen, list) else []
    at = webhook.written_at(said)
    event = ChannelPollVoted(
        message=message,
        by=somebody(vote_id, said, webhook.data),
        options=[clean(o, SHORT) for o in options if isinstance(o, str) and o][:_MAX_OPTIONS],
        readable=readable,
        voted_at=at,
        **webhook.common,
    )
    return _fact(event, vote_id, f"{vote_id.stanza}:{'read' if readable else 'failed'}", at)


def _fact(
    event: ChannelMessageReaction | ChannelMessageEdited | ChannelMessageRevoked | ChannelPollVoted,
    message_id: MessageId,
    key: str,
    at: datetime,
) -> Fact:
    return Fact(
        event=event,
        key=f"{_side(message_id)}:{key}",
        at=at,
        group=message_id.chat.kind == "group",
    )


def _side(message_id: MessageId) -> str:
    return "out" if message_id.from_me else "in"


def ack_status(payload: JsonObject) -> AckStatus | None:
    """How far the message of a payload got; None where it does not say, or a word unknown to us."""
    given = number(payload, "ack")
    if given is not None and given in _ACKS:
        return _ACKS[int(given)]
    name = text(payload, "ackName")
    return _ACK_NAMES.get(name.upper()) if name else None


def _error(payload: JsonObject) -> str:
    error = payload.get("error")
    inner = text(error, "message", "error") if isinstance(error, dict) else None
    return inner or text(payload, "error", "reason") or _NO_REASON


def _key_of(protocol: JsonObject) -> str | None:
    return bare_stanza(text(child(protocol, "key"), "ID", "id"))
