"""Bodies of `POST /{number}/messages`, field for field: what is unknown is refused, as there."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Title20 = Annotated[str, Meta(min_length=1, max_length=20)]
Title24 = Annotated[str, Meta(min_length=1, max_length=24)]


class _Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a body."""


class Text(_Body, frozen=True, kw_only=True):
    """Words."""

    body: Annotated[str, Meta(min_length=1, max_length=4096)]
    preview_url: bool = False


class File(_Body, frozen=True, kw_only=True):
    """A file, by its id or its address."""

    id: str | None = None
    link: Annotated[str, Meta(pattern="^https?://", max_length=2048)] | None = None
    caption: Annotated[str, Meta(max_length=1024)] | None = None
    filename: Annotated[str, Meta(max_length=240)] | None = None
    voice: bool = False


class Place(_Body, frozen=True, kw_only=True):
    """A point on the map."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    name: str | None = None
    address: str | None = None


class Name(_Body, frozen=True, kw_only=True):
    """Of a contact: the whole name, and one of its parts."""

    formatted_name: str
    first_name: str | None = None
    last_name: str | None = None


class Phone(_Body, frozen=True, kw_only=True):
    """A phone of a contact."""

    phone: str
    type: str | None = None
    wa_id: str | None = None


class Email(_Body, frozen=True, kw_only=True):
    """An address of a contact."""

    email: str
    type: str | None = None


class Company(_Body, frozen=True, kw_only=True):
    """Where a contact works."""

    company: str


class Card(_Body, frozen=True, kw_only=True):
    """A contact."""

    name: Name
    phones: list[Phone] = []
    emails: list[Email] = []
    org: Company | None = None


class React(_Body, frozen=True, kw_only=True):
    """An emoji on a message; an empty one takes it away."""

    message_id: str
    emoji: str


class Words(_Body, frozen=True, kw_only=True):
    """The text of a part."""

    text: Annotated[str, Meta(min_length=1, max_length=4096)]


class Short(_Body, frozen=True, kw_only=True):
    """A header or a footer of words."""

    text: Annotated[str, Meta(min_length=1, max_length=60)]
    type: Literal["text"] = "text"


class ButtonReply(_Body, frozen=True, kw_only=True):
    """What a button says, and what comes back."""

    id: Annotated[str, Meta(min_length=1, max_length=256)]
    title: Title20


class Button(_Body, frozen=True, kw_only=True):
    """A button."""

    type: Literal["reply"]
    reply: ButtonReply


class Row(_Body, frozen=True, kw_only=True):
    """A row of a list."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    title: Title24
    description: Annotated[str, Meta(max_length=72)] | None = None


class Section(_Body, frozen=True, kw_only=True):
    """Rows under a title."""

    rows: Annotated[list[Row], Meta(min_length=1)]
    title: Title24 | None = None


class Action(_Body, frozen=True, kw_only=True):
    """What can be chosen."""

    buttons: Annotated[list[Button], Meta(min_length=1, max_length=3)] | None = None
    button: Title20 | None = None
    sections: Annotated[list[Section], Meta(min_length=1, max_length=10)] | None = None
    name: str | None = None


class Offer(_Body, frozen=True, kw_only=True):
    """Buttons, a list, or the question for a phone."""

    type: Literal["button", "list", "request_contact_info"]
    body: Words
    action: Action
    header: Short | None = None
    footer: Short | None = None


class Language(_Body, frozen=True, kw_only=True):
    """The language of a template."""

    code: str


class TemplateRef(_Body, frozen=True, kw_only=True):
    """A template with what fills its gaps; the shapes of these depend on the template."""

    name: str
    language: Language
    components: list[dict[str, object]] = []


class Context(_Body, frozen=True, kw_only=True):
    """The message that is answered."""

    message_id: str


class Typing(_Body, frozen=True, kw_only=True):
    """Beside a receipt: shows somebody as typing."""

    type: Literal["text"]


class Send(_Body, frozen=True, kw_only=True):
    """A message, or with `status` the receipt of one."""

    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"] = "individual"
    to: str | None = None
    recipient: str | None = None
    type: str = "text"
    status: Literal["read"] | None = None
    message_id: str | None = None
    typing_indicator: Typing | None = None
    context: Context | None = None
    biz_opaque_callback_data: Annotated[str, Meta(max_length=512)] | None = None
    text: Text | None = None
    image: File | None = None
    video: File | None = None
    audio: File | None = None
    document: File | None = None
    sticker: File | None = None
    location: Place | None = None
    contacts: Annotated[list[Card], Meta(min_length=1)] | None = None
    reaction: React | None = None
    interactive: Offer | None = None
    template: TemplateRef | None = None
