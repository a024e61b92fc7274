"""What an operator says about calls to customers' addresses."""

from ipaddress import ip_network
from typing import Annotated

import msgspec
from msgspec import Meta

from platform_core.installation import Environment
from platform_core.settings import SettingsError
from platform_outbound.networks import Network


class OutboundSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Inner networks that may be called, outside of production."""

    outbound_allow: Annotated[
        str,
        Meta(
            description="Inner networks that addresses of customers may lead to, with commas"
            " between, for tests and development; refused in production."
        ),
    ] = ""
    environment: Environment = "production"

    @property
    def allowed(self) -> tuple[Network, ...]:
        """The networks. Raises `SettingsError` for what is none, and for any in production."""
        networks = read_networks("VENTROS_OUTBOUND_ALLOW", self.outbound_allow)
        if networks and self.environment == "production":
            raise SettingsError(["VENTROS_OUTBOUND_ALLOW must be empty in production"])
        return networks


def read_networks(setting: str, text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation with commas between. Raises `SettingsError` naming the setting."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError([f"{setting}: {error}"]) from error
