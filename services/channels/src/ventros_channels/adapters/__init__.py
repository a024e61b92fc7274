"""The providers, each behind `domain.adapter.Adapter`: a folder here, and a line below."""

from collections.abc import Mapping
from typing import TypeAlias

from platform_outbound import Outbound
from ventros_channels.adapters.waha.adapter import Waha
from ventros_channels.domain.adapter import Adapter
from ventros_channels.domain.channel import ChannelType

Adapters: TypeAlias = Mapping[ChannelType, Adapter]
"""Every provider by the type of its channels."""


def adapters(outbound: Outbound) -> Adapters:
    """They call through `outbound`."""
    known: tuple[Adapter, ...] = (Waha(outbound),)
    return {adapter.type: adapter for adapter in known}
