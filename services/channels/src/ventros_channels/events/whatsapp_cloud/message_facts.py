"""What becomes of messages: acknowledged, reacted to, edited, revoked."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from proto_events.provider_facts import (
    AckStatus,
    ChannelMessageAck,
    ChannelMessageEdited,
    ChannelMessageReaction,
    ChannelMessageRevoked,
    MessageRef,
    Somebody,
)
from ventros_channels.domain.waha.members import JsonObject, child, children, clean, text
from ventros_channels.domain.whatsapp_cloud.failures import OPTED_OUT, Failure, read_error
from ventros_channels.domain.whatsapp_cloud.message import content_of, message_id
from ventros_channels.domain.whatsapp_cloud.people import Person, name_of, person
from ventros_channels.domain.whatsapp_cloud.post import Change
from ventros_channels.domain.whatsapp_cloud.receipt import Receipt
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.events.whatsapp_cloud.account_facts import preference

_STATUSES: Final[Mapping[str, AckStatus]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "played",
    "failed": "failed",
}
_MAX_EMOJI: Final = 64
_NO_REASON: Final = "The provider gives no reason."


def acknowledged(change: Change, status: JsonObject, stamp: Stamp) -> Fact | None:
    """An entry of `statuses`; a status that we do not know, and that of a call, stay raw."""
    stanza, other = message_id(status, "id"), _recipient(status)
    word = _STATUSES.get(text(status, "status") or "")
    if stanza is None or other is None or word is None or text(status, "type") == "call":
        return None
    at = change.at(status, stamp.received_at)
    failure = _failure(status) if word == "failed" else None
    reason = failure.reason if failure is not None else _NO_REASON
    event = ChannelMessageAck(
        message=MessageRef(chat=other.chat, stanza=stanza, from_me=True),
        status=word,
        error=reason if word == "failed" else None,
        failure=None if failure is None else failure.kind.failure,
        code=None if failure is None else failure.code,
        acknowledged_at=at,
        channel_id=stamp.channel_id,
        received_at=stamp.received_at,
        ingress_seq=stamp.ingress_seq,
    )
    return Fact(event=event, key=f"out:{stanza}::{word}", at=at)


def opted_out(change: Change, status: JsonObject, stamp: Stamp) -> Fact | None:
    """What a message that was refused for it says of who it was to: they want no marketing."""
    who, failure = _recipient(status), _failure(status)
    if who is None or failure is None or failure.code != OPTED_OUT:
        return None
    return preference(who, change.at(status, stamp.received_at), stamp, wanted=False)


def receipt(change: Change, status: JsonObject, stamp: Stamp) -> Receipt | None:
    """What a status says of a message that carries our own id."""
    own = _uuid(text(status, "biz_opaque_callback_data"))
    stanza, other = message_id(status, "id"), _recipient(status)
    word = _STATUSES.get(text(status, "status") or "")
    if own is None or stanza is None or other is None or word is None:
        return None
    return Receipt(
        message_id=own,
        stanza=stanza,
        chat=other.chat,
        at=change.at(status, stamp.received_at),
        failure=_failure(status) if word == "failed" else None,
    )


def told_in_message(
    change: Change, message: JsonObject, writer: Person | None, contact: JsonObject, stamp: Stamp
) -> Fact | None:
    """The reaction, edit or revocation that comes as a message; None for what cannot be one."""
    kind, own = text(message, "type") or "", message_id(message, "id")
    member = child(message, kind)
    target = message_id(member, "message_id", "original_message_id", "id")
    if own is None or writer is None or target is None:
        return None
    by = Somebody(from_me=False, party=writer.party, push_name=name_of(contact))
    at = change.at(message, stamp.received_at)
    ref = MessageRef(chat=writer.chat, stanza=target, from_me=None)
    common = {
        "channel_id": stamp.channel_id,
        "received_at": stamp.received_at,
        "ingress_seq": stamp.ingress_seq,
    }
    event: ChannelMessageReaction | ChannelMessageEdited | ChannelMessageRevoked
    if kind == "reaction":
        emoji = member.get("emoji")
        event = ChannelMessageReaction(
            message=ref,
            by=by,
            emoji=clean(emoji, _MAX_EMOJI) if isinstance(emoji, str) else "",
            reacted_at=at,
            **common,  # type: ignore[arg-type]
        )
        return Fact(event=event, key=f"in:{own}", at=at)
    theirs = MessageRef(chat=writer.chat, stanza=target, from_me=False)
    if kind == "revoke":
        event = ChannelMessageRevoked(message=theirs, by=by, revoked_at=at, **common)  # type: ignore[arg-type]
        return Fact(event=event, key=f"in:{target}", at=at)
    content = content_of(child(member, "message") or member)
    if kind != "edit" or content.type == "system":
        return None
    event = ChannelMessageEdited(message=theirs, content=content, edited_at=at, **common)  # type: ignore[arg-type]
    return Fact(event=event, key=f"in:{own}", at=at)


def _recipient(status: JsonObject) -> Person | None:
    return person(status.get("recipient_id"), status.get("recipient_user_id"))


def _failure(status: JsonObject) -> Failure | None:
    found = (read_error(error) for error in children(status, "errors"))
    return next((one for one in found if one is not None), None)


def _uuid(value: str | None) -> UUID | None:
    try:
        return None if value is None else UUID(value)
    except ValueError:
        return None
