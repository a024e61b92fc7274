"""Values that events of a conversation share: the message, its content, who is at the other end.

Neutral of the provider: what only one provider has stays in `channels`.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from proto_events.times import Moment

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

IdentityKind = Literal["phone", "jid", "lid", "bsuid", "email", "external_id"]

FailureClass = Literal[
    "authentication",
    "suspended",
    "undeliverable",
    "window_closed",
    "media",
    "unsupported",
    "template",
    "rejected",
    "expired",
    "unavailable",
    "unknown",
]
"""Why a message was not sent: the channel may not, or is suspended; nobody to reach; only a
template may be sent now; the file; the type; the template; the request; the channel did not work in
time; the provider did not; and whether it was sent at all is not known."""

LossReason = Literal["gone", "too_large", "refused", "unreachable", "incomplete", "blocked"]
"""Why there is no file: the provider has it no more; it is larger than is kept here; the provider
does not give it to us, or it is to be seen once and the channel keeps no such files; it could not
be reached for too long; what came was never whole; our scanner of files found something in it."""

MAX_TEXT = 65_536
"""Characters of a text that comes in: WhatsApp's own limit for what people write."""

MAX_SECONDS = 1 << 24
"""Of a sound or a film: half a year."""
MAX_PIXELS = 65_535
"""Of a side of a picture or a film."""


Loudness = Annotated[int, Meta(ge=0, le=100)]

JsonValue = bool | int | float | str | list[Any] | dict[str, Any] | None
"""Anything that JSON can say, where only the producer's own users know its shape."""


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value of an event: absent members are left out on the wire."""


class PartyIdentity(Value, frozen=True, kw_only=True):
    """One address of a person at a provider.

    `phone` in E.164 with plus; `jid` as `<digits>@s.whatsapp.net`; `lid` as `<digits>@lid`,
    which is never a phone; `bsuid` as Meta writes it, and known to one business alone.
    """

    kind: IdentityKind
    value: Annotated[str, Meta(min_length=1, max_length=255)]


class Media(Value, frozen=True, kw_only=True):
    """A file beside a message. `url` is the provider's, absent where it has none for us; some name
    an id instead, `file_id`, under which the file is asked for.

    What the provider says of a sound, a picture or a film, where it does: how many seconds it
    lasts, its `width` and `height` in pixels; and of a voice message its `waveform`, at most 64
    loudnesses from 0 to 100 in equal steps over its length.
    """

    status: Literal["available", "pending", "failed"]
    url: str | None = None
    file_id: str | None = None
    mimetype: str | None = None
    filename: str | None = None
    size_bytes: int | None = None
    error: str | None = None
    duration_seconds: Annotated[int, Meta(ge=1, le=MAX_SECONDS)] | None = None
    width: Annotated[int, Meta(ge=1, le=MAX_PIXELS)] | None = None
    height: Annotated[int, Meta(ge=1, le=MAX_PIXELS)] | None = None
    waveform: Annotated[list[Loudness], Meta(max_length=64)] = []


class Location(Value, frozen=True, kw_only=True):
    """Degrees in WGS 84."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    name: str | None = None
    address: str | None = None


class ContactCard(Value, frozen=True, kw_only=True):
    """A contact that was sent, as a vCard (RFC 6350)."""

    name: str
    vcard: str


class Reaction(Value, frozen=True, kw_only=True):
    """An emoji on another message; an empty one takes it away."""

    emoji: str
    stanza: str


class Poll(Value, frozen=True, kw_only=True):
    """A question with options."""

    name: str
    options: list[str]
    multiple_answers: bool = False


class ListRow(Value, frozen=True, kw_only=True):
    """A row of a list; its id comes back when it is chosen."""

    id: str
    title: str
    description: str | None = None


class ListSection(Value, frozen=True, kw_only=True):
    """Rows of a list, under a heading where there is one."""

    title: str | None = None
    rows: list[ListRow]


class Interactive(Value, frozen=True, kw_only=True):
    """Buttons and lists: what was offered (`offer`) or what was chosen (`reply`).

    `options` are what can be chosen; a list with `sections` has the titles of its rows there.
    `title` stands above; a list without a `button` of its own is opened by a button that says it.
    `description` is of the row that was chosen.
    """

    kind: Literal["button_offer", "button_reply", "list_offer", "list_reply"]
    title: str | None = None
    selected_id: str | None = None
    options: list[str] = []
    button: str | None = None
    footer: str | None = None
    sections: list[ListSection] = []
    description: str | None = None


class Content(Value, frozen=True, kw_only=True):
    """What a message says: one of 13 types; `text` is also the caption of media.

    `view_once`: whoever wrote it lets it be seen once. Such a picture, film or sound may come
    without its content, which only the phone may show: then it is `system`, named `view_once`.
    """

    type: ContentType
    text: str | None = None
    media: Media | None = None
    location: Location | None = None
    contacts: list[ContactCard] = []
    reaction: Reaction | None = None
    poll: Poll | None = None
    interactive: Interactive | None = None
    system: str | None = None
    view_once: bool = False


class ReplyTo(Value, frozen=True, kw_only=True):
    """The message that this one answers, by its stanza, with what the provider quotes of it."""

    stanza: str
    text: str | None = None


class AdReferral(Value, frozen=True, kw_only=True):
    """The click-to-WhatsApp advertisement that a person came from."""

    source_type: str | None = None
    source_id: str | None = None
    source_url: str | None = None
    source_app: str | None = None
    title: str | None = None
    body: str | None = None
    ctwa_click_id: str | None = None
    conversion_source: str | None = None


class FromHistory(Value, frozen=True, kw_only=True):
    """That a message was fetched from the provider's history by an import, and not told live.

    Nobody waits for an answer to it: it opens and extends no live session, and whoever acts on
    messages leaves it alone. `status` is how far a message of ours had got by then, where the
    provider says it: its acknowledgements are not told again.
    """

    import_id: UUID
    status: Literal["pending", "sent", "delivered", "read", "played", "failed"] | None = None


class ChatMessage(Value, frozen=True, kw_only=True):
    """A message as the provider told it, in our words.

    `id` is derived from channel and stanza, so every telling of one message has the same; `chat`
    is the conversation at the provider; `stanza` the message id's own last segment; `occurred_at`
    the provider's time (whole seconds at WAHA); `received_at` and `ingress_seq` are stamped by
    ingress. A timeline sorts by (`occurred_at`, `ingress_seq`, `id`).

    `mentions` are whom its text calls by an @ and the digits of the address, one address of each.

    With `history` it is of the past: `received_at` is when it was fetched, and says nothing of the
    conversation.
    """

    id: UUID
    channel_id: UUID
    channel_type: str
    provider_message_id: str
    stanza: str
    chat: str
    from_me: bool
    party: list[PartyIdentity]
    push_name: str | None = None
    source: Literal["app", "api", "unknown"] = "unknown"
    occurred_at: Moment
    received_at: Moment
    ingress_seq: int
    content: Content
    mentions: list[PartyIdentity] = []
    reply_to: ReplyTo | None = None
    referral: AdReferral | None = None
    history: FromHistory | None = None
