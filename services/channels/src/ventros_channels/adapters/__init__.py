"""The providers, each behind `domain.adapter.Adapter`: a folder here, and a line below."""

from collections.abc import Mapping
from typing import TypeAlias

from platform_outbound import Outbound
from ventros_channels.adapters.waha.adapter import CAPABILITIES as WAHA
from ventros_channels.adapters.waha.adapter import Waha
from ventros_channels.domain.adapter import Adapter, Capabilities
from ventros_channels.domain.channel import ChannelType

Adapters: TypeAlias = Mapping[ChannelType, Adapter]
"""Every provider by the type of its channels."""

CAPABILITIES: Mapping[ChannelType, Capabilities] = {"waha": WAHA}
"""What each can, which is also told to whoever asks for messages to be sent."""


def adapters(outbound: Outbound) -> Adapters:
    """They call through `outbound`."""
    known: tuple[Adapter, ...] = (Waha(outbound),)
    return {adapter.type: adapter for adapter in known}
