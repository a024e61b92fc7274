"""From the bytes of a `message` or `message.any` webhook to a message in our words.

Lenient: members may be missing, null, unknown or of another type, and every one of WAHA's engines
(WEBJS, WPP, NOWEB, GOWS) is read by what is there, not by its name. Only what truly cannot be a
message is an error.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from proto_events.conversation import MAX_TEXT, PartyIdentity
from ventros_channels.domain.message import Elsewhere, Heard, Source
from ventros_channels.domain.waha.content import read_content
from ventros_channels.domain.waha.context import read_mentions, read_referral, read_reply
from ventros_channels.domain.waha.document import read_document
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.members import JsonObject, child
from ventros_channels.domain.waha.message_id import MessageId, read_message_id
from ventros_channels.domain.waha.moment import occurred_at
from ventros_channels.domain.waha.party import member_of_group, other_party, push_name

CHANNEL_TYPE: Literal["waha"] = "waha"

_decode = msgspec.json.Decoder().decode


def parse_message(body: bytes | msgspec.Raw, received_at: datetime) -> Heard | Elsewhere:
    """Read one webhook; `received_at` stands in where the provider gives no time.

    Raises:
        UnparsableError: it cannot be a message; the reason is stable.
    """
    envelope = read_object(body)
    payload = envelope.get("payload")
    if not isinstance(payload, dict) or not payload:
        raise UnparsableError("payload_missing")
    message_id = read_message_id(payload)
    chat = message_id.chat
    group = chat.kind == "group"
    if chat.kind != "phone" and chat.kind != "lid" and chat.kind != "group":  # noqa: PLR1714
        return Elsewhere(place=chat.kind)
    data = child(payload, "_data")
    document = read_document(data, text_limit=MAX_TEXT)
    return Heard(
        provider_message_id=message_id.text,
        stanza=message_id.stanza,
        chat=chat.value,
        participant=message_id.participant,
        from_me=message_id.from_me,
        party=_writer(message_id, payload, data) if group else other_party(message_id, data),
        push_name=push_name(data, from_me=message_id.from_me),
        source=_source(payload.get("source")),
        occurred_at=occurred_at(payload, data, envelope, received_at),
        content=read_content(payload, document),
        reply_to=read_reply(payload, data, document.member),
        referral=read_referral(data, document.member),
        mentions=read_mentions(data, document.member),
        group=group,
    )


def read_object(body: bytes | msgspec.Raw) -> JsonObject:
    """The webhook as an object. Raises `UnparsableError`."""
    try:
        decoded: Any = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnparsableError("not_json") from error
    if not isinstance(decoded, dict):
        raise UnparsableError("not_an_object")
    return decoded


def _writer(message_id: MessageId, payload: JsonObject, data: JsonObject) -> list[PartyIdentity]:
    return [] if message_id.from_me else member_of_group(message_id, payload, data)


def _source(value: object) -> Source:
    if value == "app":
        return "app"
    return "api" if value == "api" else "unknown"
