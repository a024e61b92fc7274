"""Facts of channels: the channel itself, and what its provider told."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import ChatMessage, ContentType, Value
from proto_events.message_actions import ActionKind
from proto_events.registry import ONE_QUEUE, PIPELINE_EXCHANGE, event
from proto_events.sending import SendingExtra
from proto_events.times import Moment

ChannelType = Literal[
    "waha",
    "whatsapp_business",
    "whatsapp",
    "messenger",
    "instagram",
    "telegram",
    "wechat",
    "twilio_sms",
    "web_form",
]

ConnectionStatus = Literal[
    "STARTING",
    "SCAN_QR_CODE",
    "PASSKEY_REQUIRED",
    "PASSKEY_CONFIRMATION_REQUIRED",
    "WORKING",
    "FAILED",
    "STOPPED",
    "UNAUTHORIZED",
]
"""What providers are known to say of a connection, in WAHA's words; only in `WORKING` are messages
sent and received. A word that is not here is a fact as well."""

HistoryImportStrategy = Literal["none", "new_only", "all"]


class FileLimit(Value, frozen=True, kw_only=True):
    """What files of one type of content a channel takes; what is not told is no limit."""

    type: ContentType
    max_bytes: int | None = None
    mimetypes: list[str] | None = None


class ContentLimits(Value, frozen=True, kw_only=True):
    """How long parts of contents may be, in characters, and how many options a list has; what is
    not told is no limit.

    `list_title` is of a list that is opened by its title, `list_header` and what follows of one
    that has a button; `list_option` is of what can be chosen in both.
    """

    caption: int | None = None
    list_title: int | None = None
    list_text: int | None = None
    list_option: int | None = None
    list_options: int | None = None
    list_header: int | None = None
    list_button: int | None = None
    list_footer: int | None = None
    list_section: int | None = None
    list_row_id: int | None = None
    list_description: int | None = None


class ChannelCapabilities(Value, frozen=True, kw_only=True):
    """What a channel's provider sends: types of content, and texts of so many characters.

    With `window_hours`, people may be written to freely only so long after their last message.
    `acts` is what can be done to messages that are there, and `groups` whether messages of groups
    are recorded and sent, `files` which files it takes, `contents` how long their parts may be,
    `extras` what else may be asked for beside a content; not told by those who never said it.
    """

    sends: list[ContentType]
    text_limit: int | None = None
    window_hours: int | None = None
    acts: list[ActionKind] | None = None
    groups: bool | None = None
    extras: list[SendingExtra] | None = None
    files: list[FileLimit] | None = None
    contents: ContentLimits | None = None


ProcessedType = Literal["image", "audio", "voice", "video", "document"]
"""A type of content whose file can be put into words."""


class ChannelAi(Value, frozen=True, kw_only=True):
    """What machines do with a channel's inbound messages.

    Those with no longer pause between them than `debounce_timeout_ms` are one group; 0 makes none.
    Files of the types in `processed` are put into words.
    """

    debounce_timeout_ms: int
    processed: list[ProcessedType]


class _Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as it now is, without its secrets.

    Without `capabilities` nothing is known of what it can; without `ai` machines do nothing with
    its messages.
    """

    channel_id: UUID
    name: str
    type: str
    status: str
    external_id: str
    default_session_timeout_minutes: float | None = None
    capabilities: ChannelCapabilities | None = None
    ai: ChannelAi | None = None


@event("channel.created", aggregate="channel", producer="channels", data_class="none")
class ChannelCreated(_Channel, frozen=True, kw_only=True):
    """A channel was connected to a project."""

    created_at: Moment


@event("channel.updated", aggregate="channel", producer="channels", data_class="none")
class ChannelUpdated(_Channel, frozen=True, kw_only=True):
    """A channel was changed; all of it as it now is."""

    updated_at: Moment


@event("channel.deleted", aggregate="channel", producer="channels", data_class="none")
class ChannelDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A channel was deleted; its webhook address answers 404 from now on."""

    channel_id: UUID
    deleted_at: Moment


@event(
    "channel.snapshot",
    aggregate="channel",
    producer="channels",
    data_class="none",
    exchange=ONE_QUEUE,
)
class ChannelSnapshot(_Channel, frozen=True, kw_only=True):
    """A channel as it is when somebody fills a copy of channels; one that is deleted, too.

    It comes on command and to the queue that was named alone. `sequence` is the channel's version:
    a copy that knows a higher one keeps what it has.
    """

    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None = None


@event(
    "channel.message_received",
    aggregate="channel",
    producer="channels",
    data_class="sensitive",
    exchange=PIPELINE_EXCHANGE,
)
class ChannelMessageReceived(msgspec.Struct, frozen=True, kw_only=True):
    """A message reached a channel, told once, whatever the provider repeats.

    Partition key: `<channel id>:<chat>`.
    """

    message: ChatMessage


@event("channel.activation.requested", aggregate="channel", producer="channels", data_class="none")
class ChannelActivationRequested(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked for a channel to be put to work.

    `channel.activated` or `channel.activation.failed` follows.
    """

    channel_id: UUID
    channel_type: ChannelType
    requested_at: Moment


@event("channel.activated", aggregate="channel", producer="channels", data_class="none")
class ChannelActivated(msgspec.Struct, frozen=True, kw_only=True):
    """The provider accepted a channel: it sends and receives from now on."""

    channel_id: UUID
    activated_at: Moment


@event("channel.activation.failed", aggregate="channel", producer="channels", data_class="none")
class ChannelActivationFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A channel could not be put to work and is inactive; `reason` is for a person to read."""

    channel_id: UUID
    reason: str
    failed_at: Moment


@event("channel.deactivated", aggregate="channel", producer="channels", data_class="none")
class ChannelDeactivated(msgspec.Struct, frozen=True, kw_only=True):
    """A channel was switched off: it sends and receives nothing until it is activated again."""

    channel_id: UUID
    deactivated_at: Moment


@event("channel.connection_changed", aggregate="channel", producer="channels", data_class="none")
class ChannelConnectionChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's connection of the number came up, broke, or waits to be paired.

    `provider_session` is the provider's own name of the connection, `status` one of
    `ConnectionStatus` or a word that the provider came up with since. A code to scan is not told:
    whoever has it can pair. `message` is the provider's explanation, None where it gave none.
    """

    channel_id: UUID
    provider_session: str
    status: str
    message: str | None = None
    changed_at: Moment


@event(
    "channel.profile_picture_received",
    aggregate="channel",
    producer="channels",
    data_class="personal",
    person="contact_id",
)
class ChannelProfilePictureReceived(msgspec.Struct, frozen=True, kw_only=True):
    """The provider said which profile picture a contact shows to this channel's number.

    The address is the provider's and may expire.
    """

    channel_id: UUID
    contact_id: UUID
    profile_picture_url: str
    fetched_at: Moment


GapCause = Literal["returned", "silent", "operator"]
"""The connection, or whoever takes webhooks, was away and came back; the channel was silent for
longer than it usually is; somebody asked."""


@event("channel.gap_found", aggregate="channel", producer="channels", data_class="none")
class ChannelGapFound(msgspec.Struct, frozen=True, kw_only=True):
    """Webhooks of a channel may be missing, of this span of time. What the provider shows of it is
    fetched, and told like any other message; `channel.gap_closed` follows."""

    channel_id: UUID
    gap_id: UUID
    cause: GapCause
    since: Moment
    until: Moment
    found_at: Moment


@event("channel.gap_closed", aggregate="channel", producer="channels", data_class="none")
class ChannelGapClosed(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing more is done about a gap. Of `messages_found` at the provider, `messages_fetched` had
    not been told. With `reason`, for a person to read, not all of it could be fetched."""

    channel_id: UUID
    gap_id: UUID
    cause: GapCause
    since: Moment
    until: Moment
    messages_found: int
    messages_fetched: int
    chats_unread: int
    messages_refused: int
    reason: str | None = None
    closed_at: Moment


@event("channel.pipeline.associated", aggregate="channel", producer="channels", data_class="none")
class ChannelPipelineAssociated(msgspec.Struct, frozen=True, kw_only=True):
    """New contacts of a channel enter this pipeline from now on."""

    channel_id: UUID
    pipeline_id: UUID
    associated_at: Moment


@event(
    "channel.pipeline.disassociated", aggregate="channel", producer="channels", data_class="none"
)
class ChannelPipelineDisassociated(msgspec.Struct, frozen=True, kw_only=True):
    """A channel no longer leads to this pipeline; contacts already in it stay there."""

    channel_id: UUID
    pipeline_id: UUID
    disassociated_at: Moment


@event("channel.label.upserted", aggregate="channel", producer="channels", data_class="none")
class ChannelLabelUpserted(msgspec.Struct, frozen=True, kw_only=True):
    """A label of the company's account at the provider was made or changed.

    `label_id` is the provider's, unique in the channel only.
    """

    channel_id: UUID
    label_id: str
    label_name: str
    upserted_at: Moment


@event("channel.label.deleted", aggregate="channel", producer="channels", data_class="none")
class ChannelLabelDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A label of the company's account at the provider was deleted, and so is off every chat."""

    channel_id: UUID
    label_id: str
    deleted_at: Moment


@event(
    "channel.history_import.enabled", aggregate="channel", producer="channels", data_class="none"
)
class ChannelHistoryImportEnabled(msgspec.Struct, frozen=True, kw_only=True):
    """A channel may import old messages; the company's own ones count as sent by `agent_id`."""

    channel_id: UUID
    agent_id: UUID
    enabled_at: Moment


@event(
    "channel.history_import.requested", aggregate="channel", producer="channels", data_class="none"
)
class ChannelHistoryImportRequested(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked for a channel's old messages.

    Those written from `since` to `until`; `time_range_days` is how far back that is, `limit` the
    most messages of each chat, None for no bound. `new_only` takes what came since the last import.
    `correlation_id` is one import's, to follow it to its end.
    """

    channel_id: UUID
    channel_type: ChannelType
    correlation_id: UUID
    strategy: HistoryImportStrategy
    time_range_days: int | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: int | None = None
    requested_at: Moment


@event(
    "channel.history_import.started", aggregate="channel", producer="channels", data_class="none"
)
class ChannelHistoryImportStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The import of a channel's old messages began. New messages go on as ever meanwhile."""

    channel_id: UUID
    correlation_id: UUID | None = None
    started_at: Moment


class HistoryImportStats(Value, frozen=True, kw_only=True):
    """Messages of an import: found, taken in, and not readable; `known` are those of `total` that
    were there before. No `ended_at`: it still runs."""

    total: int
    processed: int
    failed: int
    known: int | None = None
    started_at: Moment
    ended_at: Moment | None = None


@event(
    "channel.history_import.completed", aggregate="channel", producer="channels", data_class="none"
)
class ChannelHistoryImportCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """The import of a channel's old messages ended; single messages may have failed."""

    channel_id: UUID
    correlation_id: UUID | None = None
    stats: HistoryImportStats
    completed_at: Moment


@event("channel.history_import.failed", aggregate="channel", producer="channels", data_class="none")
class ChannelHistoryImportFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The import of a channel's old messages broke off; what was taken in stays.

    `reason` is for a person to read.
    """

    channel_id: UUID
    correlation_id: UUID | None = None
    reason: str
    failed_at: Moment


@event(
    "channel.history_import.cancelled", aggregate="channel", producer="channels", data_class="none"
)
class ChannelHistoryImportCancelled(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody stopped the import of a channel's old messages; what was taken in stays."""

    channel_id: UUID
    correlation_id: UUID
    stats: HistoryImportStats
    cancelled_at: Moment
