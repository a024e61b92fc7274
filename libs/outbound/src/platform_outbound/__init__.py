"""The one way to call an address that a customer gave us."""

from platform_outbound.call import Answer, CallFailed, Outbound, Stream
from platform_outbound.networks import SCHEMES, AddressRefused
from platform_outbound.settings import OutboundSettings, read_networks

__all__ = [
    "SCHEMES",
    "AddressRefused",
    "Answer",
    "CallFailed",
    "Outbound",
    "OutboundSettings",
    "Stream",
    "read_networks",
]
