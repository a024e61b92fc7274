"""Facts of channel types: the kinds of channel that an installation offers."""

from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment


@event("channel_type.created", aggregate="channel_type", producer="channels", data_class="none")
class ChannelTypeCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of channel is known. `provider` is the system that carries its messages."""

    channel_type_id: UUID
    name: str
    provider: str
    created_at: Moment


@event("channel_type.activated", aggregate="channel_type", producer="channels", data_class="none")
class ChannelTypeActivated(msgspec.Struct, frozen=True, kw_only=True):
    """Channels of this kind can be connected from now on."""

    channel_type_id: UUID
    activated_at: Moment


@event("channel_type.deactivated", aggregate="channel_type", producer="channels", data_class="none")
class ChannelTypeDeactivated(msgspec.Struct, frozen=True, kw_only=True):
    """No new channel of this kind can be connected; those that exist go on."""

    channel_type_id: UUID
    deactivated_at: Moment
