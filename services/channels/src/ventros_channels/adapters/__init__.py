"""The providers, each behind `domain.adapter.Adapter`: a folder here, and a line below."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from platform_outbound import Outbound
from proto_events.message_actions import ActionKind
from ventros_channels.actions.actor import Actor
from ventros_channels.adapters.waha.actions import ACTS as WAHA_ACTS
from ventros_channels.adapters.waha.actions import WahaActions
from ventros_channels.adapters.waha.adapter import CAPABILITIES as WAHA
from ventros_channels.adapters.waha.adapter import Waha
from ventros_channels.adapters.waha.files import WahaFiles
from ventros_channels.adapters.waha.history import WahaHistory
from ventros_channels.adapters.whatsapp_cloud.actions import ACTS as WHATSAPP_CLOUD_ACTS
from ventros_channels.adapters.whatsapp_cloud.actions import CloudActions
from ventros_channels.adapters.whatsapp_cloud.adapter import CAPABILITIES as WHATSAPP_CLOUD
from ventros_channels.adapters.whatsapp_cloud.adapter import WhatsappCloud
from ventros_channels.adapters.whatsapp_cloud.files import CloudFiles
from ventros_channels.domain.adapter import Adapter, Capabilities
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.files import FileSource
from ventros_channels.domain.history import HistorySource

Adapters: TypeAlias = Mapping[ChannelType, Adapter]
"""Every provider by the type of its channels."""


class Provider(msgspec.Struct, frozen=True):
    """What a provider can, and how its adapter is made: it calls through the `Outbound`."""

    capabilities: Capabilities
    make: Callable[[Outbound], Adapter]


PROVIDERS: Final[Mapping[ChannelType, Provider]] = {
    "waha": Provider(WAHA, Waha),
    "whatsapp_cloud": Provider(WHATSAPP_CLOUD, WhatsappCloud),
}

CAPABILITIES: Final[Mapping[ChannelType, Capabilities]] = {
    kind: provider.capabilities for kind, provider in PROVIDERS.items()
}
"""What each can, which is also told to whoever asks for messages to be sent."""


def adapters(outbound: Outbound, providers: Mapping[ChannelType, Provider] = PROVIDERS) -> Adapters:
    """They call through `outbound`."""
    return {kind: provider.make(outbound) for kind, provider in providers.items()}


ACTS: Final[Mapping[ChannelType, frozenset[ActionKind]]] = {
    "waha": WAHA_ACTS,
    "whatsapp_cloud": WHATSAPP_CLOUD_ACTS,
}
"""What each does to messages that are there; the others do nothing."""


def actors(outbound: Outbound) -> Mapping[ChannelType, Actor]:
    """The providers that do something to messages."""
    return {"waha": WahaActions(outbound), "whatsapp_cloud": CloudActions(outbound)}


def file_sources(outbound: Outbound) -> Mapping[ChannelType, FileSource]:
    """The providers whose files are fetched, by the type of their channels."""
    return {"waha": WahaFiles(outbound), "whatsapp_cloud": CloudFiles(outbound)}


HISTORIES: Final[Mapping[ChannelType, Callable[[Outbound], HistorySource]]] = {"waha": WahaHistory}
"""The providers that show what they kept; the others show nothing of the past."""


def history_sources(outbound: Outbound) -> Mapping[ChannelType, HistorySource]:
    """They call through `outbound`."""
    return {kind: make(outbound) for kind, make in HISTORIES.items()}
