"""Facts of channels: the channel itself, and what its provider told."""

from datetime import datetime
from uuid import UUID

import msgspec

from proto_events.conversation import ChatMessage
from proto_events.registry import PIPELINE_EXCHANGE, event


class _Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as it now is, without its secrets."""

    channel_id: UUID
    name: str
    type: str
    status: str
    external_id: str
    default_session_timeout_minutes: float | None = None


@event("channel.created", aggregate="channel", producer="channels", data_class="none")
class ChannelCreated(_Channel, frozen=True, kw_only=True):
    """A channel was connected to a project."""

    created_at: datetime


@event("channel.updated", aggregate="channel", producer="channels", data_class="none")
class ChannelUpdated(_Channel, frozen=True, kw_only=True):
    """A channel was changed; all of it as it now is."""

    updated_at: datetime


@event("channel.deleted", aggregate="channel", producer="channels", data_class="none")
class ChannelDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A channel was deleted; its webhook address answers 404 from now on."""

    channel_id: UUID
    deleted_at: datetime


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
