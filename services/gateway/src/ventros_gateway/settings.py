"""What an operator says about the gateway."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from platform_http import ListenSettings
from platform_telemetry import TelemetrySettings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the gateway. Times are in seconds.

    `internal_token_private_key` is the path of a PEM file, `issuer` the `iss` that access tokens
    must have. `upstream_timeout` is how long a service may take to answer.
    """

    http: ListenSettings
    telemetry: TelemetrySettings
    internal_token_private_key: Path
    identity_url: str
    channels_url: str
    contacts_url: str
    sessions_url: str
    messaging_url: str
    issuer: str = "ventros"
    upstream_timeout: float = 30.0

    @property
    def services(self) -> Mapping[str, str]:
        """The base address of each service."""
        return MappingProxyType(
            {
                "identity": self.identity_url,
                "channels": self.channels_url,
                "contacts": self.contacts_url,
                "sessions": self.sessions_url,
                "messaging": self.messaging_url,
            }
        )
