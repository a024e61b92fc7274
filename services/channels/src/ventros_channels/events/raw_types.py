"""How each provider's posts are read, named and queued."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from proto_events.raw import WHATSAPP_CLOUD
from proto_events.waha import TYPE_PREFIX
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.waha import events as waha
from ventros_channels.domain.waha import head as waha_head
from ventros_channels.domain.waha.head import Head
from ventros_channels.domain.whatsapp_cloud import fields as cloud
from ventros_channels.domain.whatsapp_cloud import head as cloud_head


class RawKind(msgspec.Struct, frozen=True):
    """`read_head` raises `UnparsableError`. Every event that is not known shares one type."""

    prefix: str
    events: frozenset[str]
    read_head: Callable[[bytes], Head]
    types: Mapping[str, str]

    @property
    def unknown(self) -> str:
        """The type of what is not known."""
        return f"{self.prefix}unknown"

    @property
    def queues(self) -> list[str]:
        """Every type, each of which has a queue of its own."""
        return sorted({*self.types.values(), self.unknown})

    def type_of(self, event: str) -> str:
        """The type of a raw event."""
        return self.types.get(event) or self.unknown


def _kind(prefix: str, events: frozenset[str], read_head: Callable[[bytes], Head]) -> RawKind:
    return RawKind(prefix, events, read_head, {event: prefix + event for event in events})


RAW_KINDS: Final[Mapping[ChannelType, RawKind]] = {
    "waha": _kind(TYPE_PREFIX, waha.KNOWN_EVENTS, waha_head.read_head),
    "whatsapp_cloud": _kind(WHATSAPP_CLOUD, cloud.KNOWN_EVENTS, cloud_head.read_head),
}
