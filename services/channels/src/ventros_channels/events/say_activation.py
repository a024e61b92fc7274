"""What became of asking for a channel to work, from what is true here to what the contracts say."""

from datetime import datetime

import msgspec

from platform_bus import Outgoing
from proto_events.channels import (
    ChannelActivated,
    ChannelActivationFailed,
    ChannelActivationRequested,
    ChannelDeactivated,
)
from proto_events.envelope import Envelope
from ventros_channels.domain.activation import Turned
from ventros_channels.events.catalogue_types import CATALOGUE_TYPES

_BROKE = "The provider's connection broke before it came up"


def turned(
    what: Turned, at: datetime, *, reason: str | None = None, cause: Envelope | None = None
) -> Outgoing:
    """The event of a change; `reason` is why it failed, for a person to read."""
    return Outgoing(
        event=_event(what, at, reason or f"{_BROKE} ({what.status})."),
        tenant_id=what.tenant_id,
        project_id=what.project_id,
        subject=what.channel_id,
        sequence=what.version,
        partition_key=str(what.channel_id),
        cause=cause,
    )


def _event(what: Turned, at: datetime, reason: str) -> msgspec.Struct:
    match what.activation:
        case "requested":
            return ChannelActivationRequested(
                channel_id=what.channel_id, channel_type=CATALOGUE_TYPES[what.type], requested_at=at
            )
        case "activated":
            return ChannelActivated(channel_id=what.channel_id, activated_at=at)
        case "failed":
            return ChannelActivationFailed(channel_id=what.channel_id, reason=reason, failed_at=at)
        case "deactivated":
            return ChannelDeactivated(channel_id=what.channel_id, deactivated_at=at)
