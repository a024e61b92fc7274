"""Examples of `proto_events.channel_types`: the kind of the shop's channel."""

from typing import Final

from proto_events.channel_types import (
    ChannelTypeActivated,
    ChannelTypeCreated,
    ChannelTypeDeactivated,
)
from proto_events.examples.world import CHANNEL_TYPE, at

EXAMPLES: Final = (
    ChannelTypeCreated(
        channel_type_id=CHANNEL_TYPE,
        name="WhatsApp",
        provider="waha",
        created_at=at(9),
    ),
    ChannelTypeActivated(channel_type_id=CHANNEL_TYPE, activated_at=at(9, 5)),
    ChannelTypeDeactivated(channel_type_id=CHANNEL_TYPE, deactivated_at=at(18, 0, days=300)),
)
