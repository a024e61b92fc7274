"""Facts of messages: stored, on their way, and to be read by a machine."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import Content, FailureClass, PartyIdentity
from proto_events.provider_facts import Somebody
from proto_events.registry import event
from proto_events.times import Moment


@event(
    "message.created",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A message is stored: what other teams build on.

    `created_at` is the provider's time of the message, `received_at` when it reached us.
    `mentions` are whom its text calls by an @ and the digits of their address. With `import_id` it
    is of the past: that import of history fetched it, and nobody waits for an answer to it.
    """

    message_id: UUID
    contact_id: UUID
    session_id: UUID
    channel_id: UUID
    from_me: bool
    direction: Literal["inbound", "outbound"]
    content: Content
    created_at: Moment
    received_at: Moment
    mentions: list[PartyIdentity] = []
    import_id: UUID | None = None


@event(
    "message.posted",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
)
class MessagePosted(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a group is stored: what `message.created` is for one of a contact.

    Who writes in a group is no contact for it, and a group has no session. `created_at` is the
    provider's time of the message, `received_at` when it reached us. `mentions` are whom its text
    calls by an @ and the digits of their address. With `import_id` it is of the past, fetched by
    that import of history.
    """

    message_id: UUID
    chat_id: UUID
    channel_id: UUID
    author: Somebody
    direction: Literal["inbound", "outbound"]
    content: Content
    created_at: Moment
    received_at: Moment
    mentions: list[PartyIdentity] = []
    import_id: UUID | None = None


@event("message.sent", aggregate="message", producer="messaging", data_class="none")
class MessageSent(msgspec.Struct, frozen=True, kw_only=True):
    """The provider took a message that waited here to be sent.

    Not told of one that was typed elsewhere: it is stored as sent.
    """

    message_id: UUID
    sent_at: Moment


@event("message.delivered", aggregate="message", producer="messaging", data_class="none")
class MessageDelivered(msgspec.Struct, frozen=True, kw_only=True):
    """A message reached a device of the contact.

    Not told when the provider leaves this step out: `message.read` includes it.
    """

    message_id: UUID
    delivered_at: Moment


@event("message.read", aggregate="message", producer="messaging", data_class="none")
class MessageRead(msgspec.Struct, frozen=True, kw_only=True):
    """The contact saw a message. Never told for contacts who hide their read receipts."""

    message_id: UUID
    read_at: Moment


@event("message.played", aggregate="message", producer="messaging", data_class="none")
class MessagePlayed(msgspec.Struct, frozen=True, kw_only=True):
    """The contact played a voice or video message."""

    message_id: UUID
    played_at: Moment


@event("message.failed", aggregate="message", producer="messaging", data_class="none")
class MessageFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The provider could not deliver a message; `failure_reason` is for a person to read.

    `failure` says why as far as it is known, and `code` is the provider's.
    """

    message_id: UUID
    failure_reason: str
    failure: FailureClass | None = None
    code: str | None = None
    failed_at: Moment


class _Addition(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did to a message; `contact_id` is None for one of a group.

    `by` has no addresses where it is the message's contact.
    """

    message_id: UUID
    contact_id: UUID | None = None
    by: Somebody


@event(
    "message.edited",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageEdited(msgspec.Struct, frozen=True, kw_only=True):
    """The writer changed a message; `content` is all that it says now.

    `number` counts its wordings, the first one included. An edit that is overtaken by a later one
    is not told.
    """

    message_id: UUID
    contact_id: UUID | None = None
    from_me: bool
    content: Content
    number: int
    edited_at: Moment


@event(
    "message.revoked",
    aggregate="message",
    producer="messaging",
    data_class="personal",
    person="contact_id",
)
class MessageRevoked(_Addition, frozen=True, kw_only=True):
    """A message was deleted for everybody. The company keeps what it said."""

    revoked_at: Moment


@event(
    "message.reaction_changed",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageReactionChanged(_Addition, frozen=True, kw_only=True):
    """Somebody has this reaction to a message now, none if `emoji` is empty."""

    emoji: str
    reacted_at: Moment


@event(
    "message.poll_voted",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessagePollVoted(_Addition, frozen=True, kw_only=True):
    """Somebody chooses these options of a poll now, none to withdraw the vote.

    `options` says nothing if the provider could not read the vote (`readable`).
    """

    options: list[str]
    readable: bool = True
    voted_at: Moment


class _EnrichmentRequested(msgspec.Struct, frozen=True, kw_only=True):
    """A file that waits to be understood, and where it belongs.

    Its address is `urn:sha256:` with the SHA-256 of its content: the file is in the company's store
    under that, and nobody is given it by this event.
    """

    message_id: UUID
    channel_id: UUID
    contact_id: UUID
    session_id: UUID
    mime_type: str
    requested_at: Moment


@event(
    "message.ai.process_image_requested",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageAiProcessImageRequested(_EnrichmentRequested, frozen=True, kw_only=True):
    """An image is to be described and its writing read."""

    image_url: str


@event(
    "message.ai.process_video_requested",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageAiProcessVideoRequested(_EnrichmentRequested, frozen=True, kw_only=True):
    """A video is to be described. `duration_seconds` is None where the provider does not tell."""

    video_url: str
    duration_seconds: float | None = None


@event(
    "message.ai.process_audio_requested",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageAiProcessAudioRequested(_EnrichmentRequested, frozen=True, kw_only=True):
    """An audio file is to be put into text.

    `duration_seconds` is None where the provider does not tell.
    """

    audio_url: str
    duration_seconds: float | None = None


@event(
    "message.ai.process_document_requested",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageAiProcessDocumentRequested(_EnrichmentRequested, frozen=True, kw_only=True):
    """The text of a document is to be read."""

    document_url: str


@event(
    "message.ai.process_voice_requested",
    aggregate="message",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageAiProcessVoiceRequested(_EnrichmentRequested, frozen=True, kw_only=True):
    """A voice message, spoken into the chat, is to be put into text.

    `duration_seconds` is None where the provider does not tell.
    """

    voice_url: str
    duration_seconds: float | None = None
