"""What a message says: one Struct per content type, told apart by `type`.

The thirteen are the ten of the catalogue and, first-class since people answer with them, reaction,
poll and interactive. A Struct has what its type can have, and what it cannot be without is
required: an image is a file (which may be pending), a reaction is on something. What providers do
leave out now and then - the words of a text, a place that is not on Earth - is optional, so that
the message is shown as what it is instead of being held back.

`text` is what a person wrote; beside a file it is the caption. With `view_once` whoever wrote it
lets it be seen once; what only the phone may show came without its content, as `system`.
"""

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from platform_core.errors import Invalid


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a content: members that are absent stay absent, in the store and on the wire."""


class _Tagged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """A content: the same, with its tag in `type`."""


class Media(_Part, frozen=True, kw_only=True):
    """A file. `url` is the provider's and absent until `status` is `available`.

    What the provider says of it, where it does: how many seconds a sound or a film lasts, `width`
    and `height` of a picture or a film in pixels, and of a voice message the `waveform`, at most 64
    loudnesses from 0 to 100 in equal steps over its length.
    """

    status: Literal["available", "pending", "failed"]
    url: str | None = None
    mimetype: str | None = None
    filename: str | None = None
    size_bytes: int | None = None
    error: str | None = None
    duration_seconds: int | None = None
    width: int | None = None
    height: int | None = None
    waveform: list[int] = []


class Location(_Part, frozen=True, kw_only=True):
    """A place: degrees in WGS 84."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    name: str | None = None
    address: str | None = None


class ContactCard(_Part, frozen=True, kw_only=True):
    """A contact that was sent, as a vCard (RFC 6350)."""

    name: str
    vcard: str


class Reaction(_Part, frozen=True, kw_only=True):
    """An emoji on the message with this stanza; an empty emoji takes it away."""

    emoji: str
    stanza: str


class Poll(_Part, frozen=True, kw_only=True):
    """A question with options."""

    name: str
    options: list[str]
    multiple_answers: bool = False


class ListRow(_Part, frozen=True, kw_only=True):
    """A row of a list; its id comes back when it is chosen."""

    id: str
    title: str
    description: str | None = None


class ListSection(_Part, frozen=True, kw_only=True):
    """Rows of a list, under a heading where there is one."""

    title: str | None = None
    rows: list[ListRow]


class Interactive(_Part, frozen=True, kw_only=True):
    """Buttons and lists: what was offered, or what was chosen.

    `options` are what can be chosen; a list with `sections` has the titles of its rows there. A
    list is opened by its `button`, one without by its `title`. `description` is of the row that was
    chosen.
    """

    kind: Literal["button_offer", "button_reply", "list_offer", "list_reply"]
    title: str | None = None
    selected_id: str | None = None
    options: list[str] = []
    button: str | None = None
    footer: str | None = None
    sections: list[ListSection] = []
    description: str | None = None


class TextContent(_Tagged, frozen=True, kw_only=True, tag="text"):
    """Words, with the file that the provider adds as their preview."""

    text: str | None = None
    media: Media | None = None


class ImageContent(_Tagged, frozen=True, kw_only=True, tag="image"):
    """A picture, with its caption."""

    media: Media
    text: str | None = None
    view_once: bool = False


class VideoContent(_Tagged, frozen=True, kw_only=True, tag="video"):
    """A film, with its caption."""

    media: Media
    text: str | None = None
    view_once: bool = False


class AudioContent(_Tagged, frozen=True, kw_only=True, tag="audio"):
    """A sound file."""

    media: Media
    text: str | None = None
    view_once: bool = False


class VoiceContent(_Tagged, frozen=True, kw_only=True, tag="voice"):
    """A note that was spoken into the app."""

    media: Media
    text: str | None = None
    view_once: bool = False


class DocumentContent(_Tagged, frozen=True, kw_only=True, tag="document"):
    """A file of any other kind, with its caption."""

    media: Media
    text: str | None = None


class StickerContent(_Tagged, frozen=True, kw_only=True, tag="sticker"):
    """A sticker, still or moving."""

    media: Media
    text: str | None = None


class LocationContent(_Tagged, frozen=True, kw_only=True, tag="location"):
    """A place that was shared; `location` is absent when its coordinates cannot be."""

    location: Location | None = None
    text: str | None = None


class ContactContent(_Tagged, frozen=True, kw_only=True, tag="contact"):
    """Contacts that were shared, as far as their cards can be read."""

    contacts: list[ContactCard] = []
    text: str | None = None


class ReactionContent(_Tagged, frozen=True, kw_only=True, tag="reaction"):
    """An emoji on another message."""

    reaction: Reaction
    text: str | None = None


class PollContent(_Tagged, frozen=True, kw_only=True, tag="poll"):
    """A poll that was opened."""

    poll: Poll
    text: str | None = None


class InteractiveContent(_Tagged, frozen=True, kw_only=True, tag="interactive"):
    """Buttons or a list, offered or answered."""

    interactive: Interactive
    text: str | None = None


class SystemContent(_Tagged, frozen=True, kw_only=True, tag="system"):
    """What the provider says by itself; `system` names the kind of notice."""

    system: str
    text: str | None = None
    media: Media | None = None
    view_once: bool = False


Content = (
    TextContent
    | ImageContent
    | VideoContent
    | AudioContent
    | VoiceContent
    | DocumentContent
    | StickerContent
    | LocationContent
    | ContactContent
    | ReactionContent
    | PollContent
    | InteractiveContent
    | SystemContent
)

ContentType = Literal[
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "location",
    "contact",
    "sticker",
    "system",
    "reaction",
    "poll",
    "interactive",
]

_BY_TYPE: dict[str, type[Content]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Content)
}


def type_of(content: Content) -> str:
    """The type's name, as in the column and on the wire."""
    return str(content.__struct_config__.tag)


def read(type_name: str, parts: object) -> Content:
    """The content of this type with the members that `parts` (any object) has for it.

    Raises:
        Invalid: `unknown_content_type`, or `content_incomplete` when the type's own member is not
            there or out of range; the detail names the member and never the value.
    """
    kind = _BY_TYPE.get(type_name)
    if kind is None:
        raise Invalid("The content type is not known.", code="unknown_content_type")
    try:
        return msgspec.convert(parts, kind, from_attributes=True)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"The {type_name} content is not whole: {error}", code="content_incomplete"
        ) from error
