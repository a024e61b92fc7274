"""The one way to call an address that a customer gave us."""

from platform_outbound.call import Answer, CallFailed, Outbound
from platform_outbound.networks import AddressRefused
from platform_outbound.settings import OutboundSettings

__all__ = ["AddressRefused", "Answer", "CallFailed", "Outbound", "OutboundSettings"]
