"""The documents WAHA sends and answers with, field for field.

Fields that an engine leaves out entirely (not null: absent) are `UNSET`.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

JsonObject = dict[str, Any]
"""A document whose shape belongs to an engine, not to WAHA: what goes into `_data`."""


class Me(Struct, frozen=True, kw_only=True):
    """The account that the session is paired with."""

    id: str
    push_name: str = field(name="pushName")
    lid: str | None
    jid: str


class S3Object(Struct, frozen=True, kw_only=True):
    """Where WAHA's S3 storage put a file."""

    bucket: str = field(name="Bucket")
    key: str = field(name="Key")


class Media(Struct, frozen=True, kw_only=True):
    """A file of a message; the URL asks for the API key."""

    url: str | None
    mimetype: str
    filename: str | UnsetType | None = UNSET
    s3: S3Object | UnsetType = UNSET
    error: str | UnsetType | None = UNSET


class ReplyTo(Struct, frozen=True, kw_only=True, rename="camel"):
    """The quoted message; `id` is the bare stanza."""

    id: str
    participant: str | None
    body: str | None
    has_media: bool = False
    media: Media | None = None


class MessageLocation(Struct, frozen=True, kw_only=True):
    """`payload.location`, numbers as strings like the real one."""

    latitude: str
    longitude: str
    live: bool = False
    name: str | UnsetType | None = UNSET
    address: str | UnsetType | None = UNSET


class MessagePayload(Struct, frozen=True, kw_only=True, rename="camel"):
    """A message, in a webhook and in the answers of the API. `timestamp` is in seconds."""

    id: str
    timestamp: int
    from_: str = field(name="from")
    from_me: bool
    source: str
    to: str | None
    participant: str | None
    body: str | UnsetType | None
    has_media: bool
    media: Media | None
    ack: int | UnsetType
    ack_name: str | UnsetType
    location: MessageLocation | UnsetType = UNSET
    reply_to: ReplyTo | None
    v_cards: tuple[str, ...] = field(name="vCards")
    data: JsonObject = field(name="_data")


class Reaction(Struct, frozen=True, kw_only=True, rename="camel"):
    """An emoji on a message; the empty string takes it away."""

    text: str
    message_id: str


class ReactionPayload(Struct, frozen=True, kw_only=True, rename="camel"):
    """`message.reaction`; the timestamp may carry a fraction of a second."""

    id: str
    from_: str = field(name="from")
    from_me: bool
    source: str
    to: str | None
    participant: str | None
    timestamp: float
    reaction: Reaction


class AckPayload(Struct, frozen=True, kw_only=True, rename="camel"):
    """`message.ack`: -1 ERROR, 0 PENDING, 1 SERVER, 2 DEVICE, 3 READ, 4 PLAYED."""

    id: str
    from_: str = field(name="from")
    to: str | None
    participant: str | None
    from_me: bool
    ack: int
    ack_name: str
    data: JsonObject = field(name="_data")


class RevokedPayload(Struct, frozen=True, kw_only=True, rename="camel"):
    """`message.revoked`: what is left of a message that its author deleted."""

    after: MessagePayload
    revoked_message_id: str
    before: MessagePayload | None
    data: JsonObject = field(name="_data")


class EditedPayload(MessagePayload, frozen=True, kw_only=True, rename="camel"):
    """`message.edited`: the message with its new text, beside the id of the old one."""

    edited_message_id: str


class StatusPoint(Struct, frozen=True, kw_only=True):
    """A status and when it began, Unix milliseconds."""

    status: str
    timestamp: int


class SessionStatusPayload(Struct, frozen=True, kw_only=True):
    """`session.status`, with the history since the session was made."""

    name: str
    status: str
    statuses: tuple[StatusPoint, ...]
    data: JsonObject | None = None


class Worker(Struct, frozen=True, kw_only=True):
    """The WAHA worker that runs the session; null without a cluster."""

    id: str | None = None


class Environment(Struct, frozen=True, kw_only=True):
    """Version and platform of the server; 2025 releases of GOWS leave two fields out."""

    version: str
    engine: str
    tier: str
    browser: str | None
    platform: str | UnsetType
    worker: Worker | UnsetType


class Envelope(Struct, frozen=True, kw_only=True):
    """What every webhook body is. `timestamp` is in milliseconds; `me` is absent before pairing."""

    id: str
    timestamp: int
    event: str
    session: str
    metadata: dict[str, str]
    me: Me | UnsetType
    payload: Struct | JsonObject
    engine: str | UnsetType
    environment: Environment
