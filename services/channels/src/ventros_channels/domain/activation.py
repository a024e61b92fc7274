"""Whether a channel was put to work, from asking to the provider's word."""

from typing import Literal
from uuid import UUID

import msgspec

from platform_core.errors import Conflict
from ventros_channels.domain.channel import ChannelType

Activation = Literal["requested", "activated", "failed", "deactivated"]


class ChannelInactive(Conflict):
    """The channel is not in use: its webhooks answer 404."""

    code = "channel_inactive"


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """A channel whose activation is another now. `version` is the channel's, which rose by it;
    `status` is the provider's word that led to it, if one did."""

    tenant_id: UUID
    project_id: UUID
    channel_id: UUID
    type: ChannelType
    version: int
    activation: Activation
    status: str | None = None
