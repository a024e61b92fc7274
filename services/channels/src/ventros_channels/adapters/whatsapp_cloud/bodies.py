"""What is posted to `/{phone number}/messages` for each type of content."""

from typing import Final

import msgspec

from proto_events.conversation import ContactCard, Content, ContentType, Media
from proto_events.sending import Outbound
from ventros_channels.adapters.whatsapp_cloud.cards import Card, card_of
from ventros_channels.adapters.whatsapp_cloud.offers import Offer, offered
from ventros_channels.adapters.whatsapp_cloud.template_bodies import Approved, approved
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.waha.addresses import read_address
from ventros_channels.domain.whatsapp_cloud.people import read_bsuid

_FILES: Final[dict[ContentType, str]] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "document": "document",
    "sticker": "sticker",
}
_CAPTIONED: Final = frozenset({"image", "video", "document"})
MAX_CAPTION: Final = 1024


class _Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Optional members are left out."""


class Text(_Body, frozen=True, kw_only=True):
    """Words."""

    body: str
    preview_url: bool = False


class File(_Body, frozen=True, kw_only=True):
    """A file that Meta fetches from `link`, or one that it has under `id`."""

    link: str | None = None
    id: str | None = None
    caption: str | None = None
    filename: str | None = None
    voice: bool = False


class Place(_Body, frozen=True, kw_only=True):
    """A location."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class React(_Body, frozen=True, kw_only=True):
    """An emoji on a message; an empty one takes it away."""

    message_id: str
    emoji: str = msgspec.field()


class Context(_Body, frozen=True, kw_only=True):
    """The message that is answered."""

    message_id: str


class Message(_Body, frozen=True, kw_only=True):
    """A message; exactly one member is named like its type. With `to` or `recipient`."""

    messaging_product: str = msgspec.field()
    type: str = msgspec.field()
    recipient_type: str | None = None
    to: str | None = None
    recipient: str | None = None
    context: Context | None = None
    biz_opaque_callback_data: str | None = None
    text: Text | None = None
    image: File | None = None
    video: File | None = None
    audio: File | None = None
    document: File | None = None
    sticker: File | None = None
    location: Place | None = None
    contacts: list[Card] | None = None
    reaction: React | None = None
    interactive: Offer | None = None
    template: Approved | None = None


def message(chat: str, outbound: Outbound, own_id: str | None) -> Message:
    """The body of a message to the person of this chat.

    `own_id` comes back in what Meta tells of the message.

    Raises:
        NotSent: `unsupported`, `media` for a file that is not there, `undeliverable` for a chat
            that is of no person.
    """
    body = _said(outbound)
    reply = outbound.reply_to
    address = read_address(chat)
    if address is not None and address.kind == "phone":
        body = msgspec.structs.replace(body, to=address.user)
    elif read_bsuid(chat) is not None:
        body = msgspec.structs.replace(body, recipient=chat)
    else:
        raise NotSent("undeliverable", "Meta knows no such address.")
    return msgspec.structs.replace(
        body,
        recipient_type="individual",
        context=None if reply is None else Context(message_id=reply.stanza),
        biz_opaque_callback_data=own_id,
    )


def _said(outbound: Outbound) -> Message:
    if outbound.template is not None:
        return _of("template", template=approved(outbound.template))
    content = outbound.content
    if content is None:
        raise NotSent("unsupported", "There is nothing to send.")
    if content.type in _FILES:
        return _file(content)
    if content.type == "text":
        words = Text(body=content.text or "", preview_url=outbound.link_preview)
        return _of("text", text=words)
    return _other(content)


def _other(content: Content) -> Message:
    if content.type == "location" and content.location is not None:
        at = content.location
        place = Place(
            latitude=at.latitude, longitude=at.longitude, name=at.name, address=at.address
        )
        return _of("location", location=place)
    if content.type == "contact" and content.contacts:
        return _of("contacts", contacts=_cards(content.contacts))
    if content.type == "reaction" and content.reaction is not None:
        react = React(message_id=content.reaction.stanza, emoji=content.reaction.emoji)
        return _of("reaction", reaction=react)
    if content.type == "interactive" and content.interactive is not None:
        return _of("interactive", interactive=offered(content.interactive, content.text or ""))
    raise NotSent("unsupported", f"The Cloud API does not send {content.type}.")


def _of(kind: str, **member: object) -> Message:
    return Message(messaging_product="whatsapp", type=kind, **member)  # type: ignore[arg-type]


def _file(content: Content) -> Message:
    kind = _FILES[content.type]
    media = content.media
    if media is None or (media.file_id is None and media.url is None):
        raise NotSent("media", "The file is not there.")
    if kind in _CAPTIONED and len(content.text or "") > MAX_CAPTION:
        raise NotSent("unsupported", f"A caption has at most {MAX_CAPTION} characters.")
    file = File(
        id=media.file_id,
        link=_link(media),
        caption=content.text if kind in _CAPTIONED else None,
        filename=media.filename if kind == "document" else None,
        voice=content.type == "voice",
    )
    return _of(kind, **{kind: file})


def _link(media: Media) -> str | None:
    return None if media.file_id is not None else media.url


def _cards(cards: list[ContactCard]) -> list[Card]:
    return [card_of(card) for card in cards]
