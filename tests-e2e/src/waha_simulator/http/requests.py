"""Bodies of WAHA's API, field for field; fields that are unknown are ignored, as there."""

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from waha_simulator.contents import ContactCard, vcard
from waha_simulator.lists import ListOffer
from waha_simulator.sessions import SessionConfig

Required = Annotated[str, Meta(min_length=1)]


class CreateSession(Struct, frozen=True, kw_only=True):
    """POST /api/sessions."""

    name: Annotated[str, Meta(pattern=r"^[\w-]{1,54}$")] = "default"
    start: bool = True
    config: SessionConfig | None = None


class UpdateSession(Struct, frozen=True, kw_only=True):
    """PUT /api/sessions/{session}."""

    config: SessionConfig | None = None


class RequestCode(Struct, frozen=True, kw_only=True):
    """POST /api/{session}/auth/request-code."""

    phone_number: Required = field(name="phoneNumber")
    method: str | None = None


class ToChat(Struct, frozen=True, kw_only=True):
    """POST /api/startTyping and /api/stopTyping; the beginning of every other body."""

    session: Required
    chat_id: Required = field(name="chatId")


class SendSeen(ToChat, frozen=True, kw_only=True):
    """POST /api/sendSeen."""

    message_ids: tuple[str, ...] | None = field(name="messageIds", default=None)
    message_id: str | None = field(name="messageId", default=None)
    participant: str | None = None


class Sending(ToChat, frozen=True, kw_only=True):
    """What every message may say: what it answers, and an id that was reserved for it."""

    reply_to: str | None = None
    id: str | None = None


class SendText(Sending, frozen=True, kw_only=True):
    """POST /api/sendText."""

    text: str


class File(Struct, frozen=True, kw_only=True):
    """A file by URL or as base64; one of the two must be there."""

    mimetype: Required
    filename: str | None = None
    url: str | None = None
    data: str | None = None

    def __post_init__(self) -> None:
        if self.url is None and self.data is None:
            raise ValueError("file needs url or data")


class SendFile(Sending, frozen=True, kw_only=True):
    """POST /api/sendImage and /api/sendFile."""

    file: File
    caption: str | None = None


class SendVoice(Sending, frozen=True, kw_only=True):
    """POST /api/sendVoice."""

    file: File
    convert: bool


class SendVideo(Sending, frozen=True, kw_only=True):
    """POST /api/sendVideo."""

    file: File
    convert: bool
    caption: str | None = None
    as_note: bool = field(name="asNote", default=False)


class SendLocation(Sending, frozen=True, kw_only=True):
    """POST /api/sendLocation."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    title: str


class Card(Struct, frozen=True, kw_only=True):
    """A contact as a vCard, or by its fields."""

    vcard: str | None = None
    full_name: str | None = field(name="fullName", default=None)
    phone_number: str | None = field(name="phoneNumber", default=None)
    organization: str | None = None
    whatsapp_id: str | None = field(name="whatsappId", default=None)

    def __post_init__(self) -> None:
        if self.vcard is None and (self.full_name is None or self.phone_number is None):
            raise ValueError("a contact needs vcard, or fullName and phoneNumber")

    def card(self) -> ContactCard:
        """The card as a message carries it."""
        if self.vcard is not None:
            lines = self.vcard.splitlines()
            name = next((line[3:] for line in lines if line.startswith("FN:")), "")
            return ContactCard(name=name, vcard=self.vcard)
        name, phone = self.full_name or "", self.whatsapp_id or self.phone_number or ""
        digits = "".join(character for character in phone if character.isdigit())
        return ContactCard(name=name, vcard=vcard(name, digits))


class SendContacts(Sending, frozen=True, kw_only=True):
    """POST /api/sendContactVcard."""

    contacts: Annotated[tuple[Card, ...], Meta(min_length=1)]


class PollBody(Struct, frozen=True, kw_only=True):
    """The `poll` of POST /api/sendPoll."""

    name: Required
    options: Annotated[tuple[str, ...], Meta(min_length=1)]
    multiple_answers: Any = field(name="multipleAnswers")


class SendPoll(Sending, frozen=True, kw_only=True):
    """POST /api/sendPoll."""

    poll: PollBody


class SendList(ToChat, frozen=True, kw_only=True):
    """POST /api/sendList, which takes no id that was reserved."""

    message: ListOffer
    reply_to: str | None = None


class PutReaction(Struct, frozen=True, kw_only=True):
    """PUT /api/reaction; the empty string takes a reaction away."""

    session: Required
    message_id: Required = field(name="messageId")
    reaction: str


class EditMessage(Struct, frozen=True, kw_only=True):
    """PUT /api/{session}/chats/{chatId}/messages/{messageId}."""

    text: str
