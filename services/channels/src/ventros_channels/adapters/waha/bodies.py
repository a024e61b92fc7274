"""What is posted to WAHA for each type of content: the path and the body."""

from typing import Any, Final

import msgspec

from proto_events.conversation import Content, ContentType, Media, PartyIdentity
from proto_events.provider_facts import MessageRef
from proto_events.sending import Outbound
from ventros_channels.adapters.waha.extras import extra
from ventros_channels.adapters.waha.files_out import Given
from ventros_channels.adapters.waha.lists import ListBody, list_of
from ventros_channels.adapters.waha.sending_body import Body, Sending
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.waha.addresses import read_address

_FILES: Final[dict[ContentType, tuple[str, str]]] = {
    "image": ("/api/sendImage", "image/jpeg"),
    "video": ("/api/sendVideo", "video/mp4"),
    "voice": ("/api/sendVoice", "audio/ogg; codecs=opus"),
    "audio": ("/api/sendFile", "audio/mpeg"),
    "document": ("/api/sendFile", "application/octet-stream"),
}
"""Where a file goes by its type of content, and its MIME type where none is given."""


class SendText(Sending, frozen=True, kw_only=True):
    """POST /api/sendText."""

    text: str
    link_preview: bool = msgspec.field(name="linkPreview", default=True)
    mentions: list[str] = msgspec.field(default_factory=list)


class File(Body, frozen=True, kw_only=True):
    """A file that WAHA fetches from `url`, or has in `data`, as base64."""

    mimetype: str
    url: str | None = None
    data: str | None = None
    filename: str | None = None


class SendFile(Sending, frozen=True, kw_only=True):
    """POST /api/sendImage, /api/sendFile."""

    file: File
    caption: str | None = None
    mentions: list[str] = msgspec.field(default_factory=list)


class SendVoice(Sending, frozen=True, kw_only=True):
    """POST /api/sendVoice; what is no opus is converted."""

    file: File
    convert: bool


class SendVideo(SendFile, frozen=True, kw_only=True):
    """POST /api/sendVideo."""

    convert: bool
    as_note: bool = msgspec.field(name="asNote", default=False)


class SendLocation(Sending, frozen=True, kw_only=True):
    """POST /api/sendLocation."""

    latitude: float
    longitude: float
    title: str


class Card(Body, frozen=True, kw_only=True):
    """A contact."""

    vcard: str


class SendContacts(Sending, frozen=True, kw_only=True):
    """POST /api/sendContactVcard."""

    contacts: list[Card]


class PollBody(msgspec.Struct, frozen=True, kw_only=True):
    """Of POST /api/sendPoll."""

    name: str
    options: list[str]
    multiple_answers: bool = msgspec.field(name="multipleAnswers")


class SendPoll(Sending, frozen=True, kw_only=True):
    """POST /api/sendPoll."""

    poll: PollBody


class SendList(Sending, frozen=True, kw_only=True):
    """POST /api/sendList, of NOWEB and GOWS alone."""

    message: ListBody


def chat_id(chat: str) -> str:
    """A chat as WAHA names it: a phone is `@c.us` there."""
    return chat.replace("@s.whatsapp.net", "@c.us")


def message_id(ref: MessageRef) -> str:
    """The whole id of a message, or its stanza where the side that wrote it is not known."""
    if ref.from_me is None:
        return ref.stanza
    return f"{str(ref.from_me).lower()}_{chat_id(ref.chat)}_{ref.stanza}"


def _answered(outbound: Outbound) -> str | None:
    """The whole id: in a group the writer is part of it, which the reference does not have."""
    if outbound.reply_to is None or outbound.reply_to_id is not None:
        return outbound.reply_to_id
    return message_id(outbound.reply_to)


def sending(
    session: str, chat: str, outbound: Outbound, reserved: str | None, given: Given | None = None
) -> tuple[str, Body]:
    """The path and the body of a message; `given` is a file of ours.

    Raises:
        NotSent: `unsupported` for what WAHA does not send, `media` for a file that is not there.
    """
    head = Sending(
        session=session,
        chat_id=chat_id(chat),
        reply_to=_answered(outbound),
        id=reserved,
    )
    found = extra(head, outbound)
    if found is not None:
        return found
    content = outbound.content
    if content is None:
        raise NotSent("unsupported", "WAHA knows no templates.")
    mentions = _mentions(outbound)
    if content.type == "text":
        text, preview = content.text or "", outbound.link_preview
        return "/api/sendText", _under(
            head, SendText, text=text, link_preview=preview, mentions=mentions
        )
    if content.type in _FILES:
        return _with_file(head, outbound, content, mentions, given)
    return _other(head, content)


def _with_file(
    head: Sending,
    outbound: Outbound,
    content: Content,
    mentions: list[str],
    given: Given | None,
) -> tuple[str, Body]:
    path, mimetype = _FILES[content.type]
    file = _file(content.media, mimetype, given)
    if content.type == "voice":
        convert = not file.mimetype.startswith("audio/ogg")
        return path, _under(head, SendVoice, file=file, convert=convert)
    if content.type == "video":
        caption = None if outbound.video_note else content.text
        return path, _under(
            head,
            SendVideo,
            file=file,
            caption=caption,
            mentions=mentions,
            convert=True,
            as_note=outbound.video_note,
        )
    return path, _under(head, SendFile, file=file, caption=content.text, mentions=mentions)


def _other(head: Sending, content: Content) -> tuple[str, Body]:
    if content.type == "location" and content.location is not None:
        place = content.location
        title = place.name or content.text or place.address or ""
        return "/api/sendLocation", _under(
            head, SendLocation, latitude=place.latitude, longitude=place.longitude, title=title
        )
    if content.type == "contact" and content.contacts:
        cards = [Card(vcard=card.vcard) for card in content.contacts]
        return "/api/sendContactVcard", _under(head, SendContacts, contacts=cards)
    if content.type == "poll" and content.poll is not None:
        poll = PollBody(
            name=content.poll.name,
            options=content.poll.options,
            multiple_answers=content.poll.multiple_answers,
        )
        return "/api/sendPoll", _under(head, SendPoll, poll=poll)
    offer = content.interactive
    if content.type == "interactive" and offer is not None and offer.kind == "list_offer":
        return "/api/sendList", _under(head, SendList, message=list_of(offer, content.text or ""))
    raise NotSent("unsupported", f"WAHA does not send {content.type}.")


def _under(head: Sending, kind: type[Sending], **members: Any) -> Sending:
    """A body of this kind with the members that all share."""
    return kind(**msgspec.structs.asdict(head), **members)


def _file(media: Media | None, mimetype: str, given: Given | None) -> File:
    url = None if media is None else media.url
    data = None
    if given is not None:
        url, data = given.url, given.data
    if media is None or (url is None and data is None):
        raise NotSent("media", "The file is not there.")
    return File(mimetype=media.mimetype or mimetype, filename=media.filename, url=url, data=data)


def _mentions(outbound: Outbound) -> list[str]:
    if outbound.mention_all:
        return ["all"]
    return [who for one in outbound.mentions if (who := _mention(one))]


def _mention(identity: PartyIdentity) -> str | None:
    if identity.kind == "phone":
        return identity.value.removeprefix("+") + "@c.us"
    address = read_address(identity.value)
    return None if address is None else chat_id(address.value)
