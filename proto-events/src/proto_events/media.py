"""Files of messages: fetched from the provider, kept, or lost."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from proto_events.conversation import LossReason
from proto_events.registry import event
from proto_events.times import Moment

SizeBytes = Annotated[int, Meta(ge=0, le=1 << 53)]


@event("channel.media_stored", aggregate="channel", producer="channels", data_class="personal")
class ChannelMediaStored(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a message was fetched from the provider and is in the store, under its tenant
    and its SHA-256, in lower-case hexadecimal.

    `detected_mimetype` is what its first bytes prove, `mimetype` and `filename` what the provider
    says.
    """

    message_id: UUID
    channel_id: UUID
    sha256: str
    size_bytes: SizeBytes
    detected_mimetype: str
    mimetype: str | None = None
    filename: str | None = None
    stored_at: Moment


@event("channel.media_lost", aggregate="channel", producer="channels", data_class="none")
class ChannelMediaLost(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a message cannot be had, for good. `code` is the provider's."""

    message_id: UUID
    channel_id: UUID
    reason: LossReason
    code: str | None = None
    lost_at: Moment


@event("message.media_stored", aggregate="message", producer="messaging", data_class="personal")
class MessageMediaStored(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a message is here and can be read; `file_id` is the same for the same content
    of one company. `mimetype` is what the file proves to be."""

    message_id: UUID
    file_id: UUID
    sha256: str
    size_bytes: SizeBytes
    mimetype: str
    filename: str | None = None
    stored_at: Moment


@event("message.media_lost", aggregate="message", producer="messaging", data_class="none")
class MessageMediaLost(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a message cannot be had, for good."""

    message_id: UUID
    reason: LossReason
    lost_at: Moment
