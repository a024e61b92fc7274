"""What a caller says that is to be sent: one Struct per content type, told apart by `type`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from platform_core.types import HttpUrl, NonEmptyStr, Phone
from ventros_messaging.domain import content
from ventros_messaging.domain.card import CardNotNamed, vcard_of
from ventros_messaging.domain.content import Content
from ventros_messaging.domain.message import Source
from ventros_messaging.domain.outgoing import OutgoingMessage, OutgoingStatus
from ventros_messaging.domain.upload import FileNotNamed
from ventros_messaging.http.send_list import SendListBody
from ventros_messaging.http.send_template import SendTemplateBody

Words = Annotated[str, Meta(min_length=1, max_length=65_536, pattern=r"^[^\x00]*(?![\s\S])")]
Caption = Annotated[str, Meta(max_length=65_536, pattern=r"^[^\x00]*(?![\s\S])")]
MimeType = Annotated[
    str, Meta(max_length=255, pattern=r"^[a-z]+/[A-Za-z0-9!#$&^_.+;= -]+(?![\s\S])")
]
VCard = Annotated[
    str, Meta(min_length=1, max_length=65_536, pattern=r"^BEGIN:VCARD[^\x00]*(?![\s\S])")
]


class _Body(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """A content to be sent."""


class _File(_Body, frozen=True, kw_only=True):
    """A file that was brought (`file_id`), or that the provider fetches from `url`: one of the two.

    `mimetype` says what it is where its bytes do not.
    """

    url: HttpUrl | None = None
    file_id: UUID | None = None
    mimetype: MimeType | None = None
    filename: NonEmptyStr | None = None

    def media(self) -> content.Media:
        """The file as a message has it."""
        return content.Media(
            status="available", url=self.url, mimetype=self.mimetype, filename=self.filename
        )


class SendTextBody(_Body, frozen=True, kw_only=True, tag="text"):
    """Words."""

    text: Words

    def content(self) -> Content:
        """As a message has it."""
        return content.TextContent(text=self.text)


class SendImageBody(_File, frozen=True, kw_only=True, tag="image"):
    """A picture, with its caption."""

    text: Caption | None = None

    def content(self) -> Content:
        """As a message has it."""
        return content.ImageContent(media=self.media(), text=self.text)


class SendVideoBody(_File, frozen=True, kw_only=True, tag="video"):
    """A film, with its caption; as a note it is shown round, and without one."""

    text: Caption | None = None
    as_note: bool = False

    def content(self) -> Content:
        """As a message has it."""
        return content.VideoContent(media=self.media(), text=self.text)


class SendAudioBody(_File, frozen=True, kw_only=True, tag="audio"):
    """A sound file."""

    def content(self) -> Content:
        """As a message has it."""
        return content.AudioContent(media=self.media())


class SendVoiceBody(_File, frozen=True, kw_only=True, tag="voice"):
    """A note that sounds as if it were spoken into the app."""

    def content(self) -> Content:
        """As a message has it."""
        return content.VoiceContent(media=self.media())


class SendDocumentBody(_File, frozen=True, kw_only=True, tag="document"):
    """A file of any kind, with its caption."""

    text: Caption | None = None

    def content(self) -> Content:
        """As a message has it."""
        return content.DocumentContent(media=self.media(), text=self.text)


class SendStickerBody(_File, frozen=True, kw_only=True, tag="sticker"):
    """A sticker."""

    def content(self) -> Content:
        """As a message has it."""
        return content.StickerContent(media=self.media())


class SendLocationBody(_Body, frozen=True, kw_only=True, tag="location"):
    """A place: degrees in WGS 84."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    name: NonEmptyStr | None = None

    def content(self) -> Content:
        """As a message has it."""
        place = content.Location(latitude=self.latitude, longitude=self.longitude, name=self.name)
        return content.LocationContent(location=place)


class CardBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contact: as a vCard (RFC 6350), or by its phone, of which a card is made."""

    name: NonEmptyStr
    vcard: VCard | None = None
    phone: Phone | None = None
    organization: NonEmptyStr | None = None

    def card(self) -> content.ContactCard:
        """The card as a message has it.

        Raises:
            CardNotNamed: there is neither a card nor a phone, or both.
        """
        if (self.vcard is None) == (self.phone is None):
            raise CardNotNamed("Exactly one of vcard and phone is needed.")
        vcard = self.vcard
        if vcard is None:
            vcard = vcard_of(self.name, self.phone or "", self.organization)
        return content.ContactCard(name=self.name, vcard=vcard)


class SendContactBody(_Body, frozen=True, kw_only=True, tag="contact"):
    """Contacts that are shared."""

    contacts: Annotated[list[CardBody], Meta(min_length=1, max_length=20)]

    def content(self) -> Content:
        """As a message has it."""
        return content.ContactContent(contacts=[card.card() for card in self.contacts])


class SendPollBody(_Body, frozen=True, kw_only=True, tag="poll"):
    """A question with 2 to 12 options, as many as WhatsApp shows."""

    name: NonEmptyStr
    options: Annotated[list[NonEmptyStr], Meta(min_length=2, max_length=12)]
    multiple_answers: bool = False

    def content(self) -> Content:
        """As a message has it."""
        return content.PollContent(
            poll=content.Poll(
                name=self.name, options=self.options, multiple_answers=self.multiple_answers
            )
        )


class SendButtonReplyBody(_Body, frozen=True, kw_only=True, tag="button_reply"):
    """A button that somebody offered is pressed: its words, and its id in their message."""

    title: NonEmptyStr
    button_id: NonEmptyStr

    def content(self) -> Content:
        """As a message has it."""
        pressed = content.Interactive(
            kind="button_reply", title=self.title, selected_id=self.button_id
        )
        return content.InteractiveContent(interactive=pressed)


class PreviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is shown of a link in the text, instead of what the provider finds behind it."""

    url: HttpUrl
    title: NonEmptyStr
    description: NonEmptyStr | None = None
    image_url: HttpUrl | None = None


ContentBody = (
    SendTextBody
    | SendImageBody
    | SendVideoBody
    | SendAudioBody
    | SendVoiceBody
    | SendDocumentBody
    | SendStickerBody
    | SendLocationBody
    | SendContactBody
    | SendPollBody
    | SendListBody
    | SendButtonReplyBody
    | SendTemplateBody
)


_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
Mention = Annotated[
    str, Meta(pattern=rf"^(\+[1-9][0-9]{{6,14}}|[0-9]{{1,20}}@lid|{_UUID}|all)(?![\s\S])")
]


class SendMessageBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message to a contact, to the contact of a session, or into a chat: one of the three.

    Into a group it goes as a message of the group; into a chat of two, to the contact there.
    Without `channel_id` it goes by the channel where the contact was last, or by the only one that
    the project has. `reply_to` is the message that it answers; `mentions` are whom the
    text calls: phones in E.164, LIDs (`<digits>@lid`) or ids of contacts, written in the text the
    same way after an @; or `all`. In a group only who is in it, as far as that is known
    (`mention_unknown`), and only in a text or a caption (`mention_unfit`).
    `preview` is of a link in a text, and ours.
    """

    content: ContentBody
    contact_id: UUID | None = None
    session_id: UUID | None = None
    chat_id: UUID | None = None
    channel_id: UUID | None = None
    reply_to: UUID | None = None
    mentions: Annotated[list[Mention], Meta(max_length=50)] = []
    link_preview: bool = True
    preview: PreviewBody | None = None


def file_of(body: ContentBody) -> UUID | None:
    """The file of ours that goes with it.

    Raises:
        FileNotNamed: a file is named twice, or not at all.
    """
    if isinstance(body, SendTemplateBody):
        return None if body.header is None else body.header.file_id
    if not isinstance(body, _File):
        return None
    if (body.url is None) == (body.file_id is None):
        raise FileNotNamed("Exactly one of file_id and url is needed.")
    return body.file_id


class OutgoingMessageResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours on its way.

    It has the `contact_id` that it is to, or the `chat_id` of a group. `queued` until the provider
    has it (`sent`), or until it is known that it was not sent (`failed`, with `failure`, the
    provider's code and its reason; `unknown`: it may have been). Once it is sent it is read at
    `/v1/messages/{id}` or among the messages of its chat, and `content` is null here. After
    `expires_at` it is not sent any more.
    """

    id: UUID
    contact_id: UUID | None
    chat_id: UUID | None
    channel_id: UUID
    status: OutgoingStatus
    source: Source
    requested_by: UUID
    content: Content | None
    reply_to: UUID | None
    failure: str | None
    failure_code: str | None
    failure_reason: str | None
    requested_at: datetime
    expires_at: datetime
    settled_at: datetime | None
    version: int


def outgoing_response(message: OutgoingMessage) -> OutgoingMessageResponse:
    """The answer for a message on its way."""
    members = {name: getattr(message, name) for name in OutgoingMessageResponse.__struct_fields__}
    return OutgoingMessageResponse(**members)
