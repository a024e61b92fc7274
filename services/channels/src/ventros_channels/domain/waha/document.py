"""The engine's own message document inside `_data`: which member of it is the content.

NOWEB (Baileys) and GOWS (whatsmeow) print WhatsApp's protobuf message, with other spellings of
abbreviations; WEBJS and WPP have a flat document with a `type`. Any of it may be missing.
"""

from typing import Final

import msgspec

from proto_events.conversation import ContentType
from ventros_channels.domain.waha.members import NOTHING, JsonObject, child, flag, text

VIEW_ONCE: Final = "view_once"
"""What a message is called whose content only the phone may show."""

_MAX_WRAPPERS = 8
_WRAPPERS: Final = frozenset(
    {
        "deviceSentMessage",
        "ephemeralMessage",
        "viewOnceMessage",
        "viewOnceMessageV2",
        "viewOnceMessageV2Extension",
        "documentWithCaptionMessage",
        "lottieStickerMessage",
        "groupMentionedMessage",
        "botInvokeMessage",
        "editedMessage",
        "pollCreationMessageV4",
    }
)
_SEEN_ONCE: Final = frozenset(
    {"viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension"}
)
_MEMBERS: Final[dict[str, ContentType]] = {
    "extendedTextMessage": "text",
    "imageMessage": "image",
    "videoMessage": "video",
    "ptvMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "sticker",
    "locationMessage": "location",
    "liveLocationMessage": "location",
    "contactMessage": "contact",
    "contactsArrayMessage": "contact",
    "reactionMessage": "reaction",
    "pollCreationMessage": "poll",
    "pollCreationMessageV2": "poll",
    "pollCreationMessageV3": "poll",
    "pollCreationMessageV5": "poll",
    "buttonsMessage": "interactive",
    "listMessage": "interactive",
    "templateMessage": "interactive",
    "interactiveMessage": "interactive",
    "buttonsResponseMessage": "interactive",
    "templateButtonReplyMessage": "interactive",
    "listResponseMessage": "interactive",
    "interactiveResponseMessage": "interactive",
}
_WEBJS_TYPES: Final[dict[str, ContentType]] = {
    "chat": "text",
    "image": "image",
    "video": "video",
    "ptv": "video",
    "audio": "audio",
    "ptt": "voice",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "vcard": "contact",
    "multi_vcard": "contact",
    "reaction": "reaction",
    "poll_creation": "poll",
    "buttons": "interactive",
    "list": "interactive",
    "interactive": "interactive",
    "buttons_response": "interactive",
    "list_response": "interactive",
    "interactive_response": "interactive",
    "template_button_reply": "interactive",
}
_GOWS_MEDIA_TYPES: Final[dict[str, ContentType]] = {
    "image": "image",
    "video": "video",
    "gif": "video",
    "ptv": "video",
    "ptt": "voice",
    "audio": "audio",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "livelocation": "location",
    "vcard": "contact",
    "contact_array": "contact",
    "button": "interactive",
    "button_response": "interactive",
    "list": "interactive",
    "list_response": "interactive",
}
_BESIDE_CONTENT: Final = frozenset(
    {
        "messageContextInfo",
        "senderKeyDistributionMessage",
        "fastRatchetKeySenderKeyDistributionMessage",
    }
)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine says the content is.

    `type` is None where it does not say or where we do not know its word, which is then `label`;
    `name` is the protobuf member or WEBJS' type; `member` holds the fields of the content.
    `view_once`: the writer lets it be seen once, on the phone; it may have come without a content.
    """

    type: ContentType | None
    name: str
    member: JsonObject
    conversation: str | None = None
    label: str | None = None
    view_once: bool = False

    @property
    def flat(self) -> bool:
        """Whether it is a document of a browser engine."""
        return self.name in _WEBJS_TYPES


def read_document(data: JsonObject, *, text_limit: int) -> Document:
    """The content's part of `_data`."""
    media_type = text(child(data, "Info"), "MediaType")
    gows = _GOWS_MEDIA_TYPES.get(media_type) if media_type else None
    message, once = _unwrap(child(data, "Message", "message"))
    once = once or _is_view_once(data)
    for name, member in message.items():
        type_ = _MEMBERS.get(name)
        if type_ is not None and isinstance(member, dict):
            if type_ == "audio" and (gows == "voice" or flag(member, "ptt", "PTT")):
                type_ = "voice"
            once = once or flag(member, "viewOnce")
            return Document(type=type_, name=name, member=member, view_once=once)
    conversation = text(message, "conversation", limit=text_limit)
    if conversation is not None:
        return Document(type="text", name="conversation", member=NOTHING, conversation=conversation)
    webjs = text(data, "type")
    if webjs in _WEBJS_TYPES:
        return Document(type=_WEBJS_TYPES[webjs], name=webjs, member=data, view_once=once)
    label = VIEW_ONCE if once else _system_label(data, message, webjs, media_type)
    return Document(type=gows, name="", member=NOTHING, label=label, view_once=once)


def protocol_of(data: JsonObject) -> JsonObject:
    """WhatsApp's message about another message (an edit, a revocation); empty for any other."""
    return child(_unwrap(child(data, "Message", "message"))[0], "protocolMessage")


def _is_view_once(data: JsonObject) -> bool:
    """WhatsApp keeps the content from linked devices more often than not: then this is all."""
    return flag(child(data, "key"), "isViewOnce") or flag(
        data, "isViewOnce", "IsViewOnce", "IsViewOnceV2", "IsViewOnceV2Extension"
    )


def _unwrap(message: JsonObject) -> tuple[JsonObject, bool]:
    """The message inside the wrappers that WhatsApp puts around some, and whether one of them says
    that it is to be seen once."""
    once = False
    for _ in range(_MAX_WRAPPERS):
        wrapper = next((name for name in message if name in _WRAPPERS), "")
        inner = child(child(message, wrapper), "message", "Message")
        if not inner:
            break
        message = inner
        once = once or wrapper in _SEEN_ONCE
    return message, once


def _system_label(
    data: JsonObject, message: JsonObject, webjs: str | None, media_type: str | None
) -> str | None:
    """What a message without a content of a known kind is called by the engine."""
    if webjs:
        subtype = text(data, "subtype")
        return f"{webjs}.{subtype}" if subtype else webjs
    for name, member in message.items():
        if name in _BESIDE_CONTENT or not isinstance(member, dict):
            continue
        kind = member.get("type") if name == "protocolMessage" else None
        suffix = f".{kind}" if isinstance(kind, int | str) and not isinstance(kind, bool) else ""
        return (name + suffix)[:64]
    stub = data.get("messageStubType")
    if isinstance(stub, int | str) and not isinstance(stub, bool):
        return f"stub.{stub}"[:64]
    return media_type
