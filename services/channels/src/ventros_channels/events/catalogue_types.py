"""What the events that name a type of channel call ours."""

from collections.abc import Mapping
from typing import Final

from proto_events import channels as told
from ventros_channels.domain.channel import ChannelType

CATALOGUE_TYPES: Final[Mapping[ChannelType, told.ChannelType]] = {
    "waha": "waha",
    "whatsapp_cloud": "whatsapp_business",
}
"""The Cloud API is what the catalogue calls WhatsApp Business."""
