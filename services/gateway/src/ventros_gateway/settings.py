"""What an operator says about the gateway."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from platform_cache import CacheSettings
from platform_http import ListenSettings
from platform_telemetry import TelemetrySettings
from ventros_gateway.live.settings import LiveSettings
from ventros_gateway.route_classes import LimitSettings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the gateway."""

    http: ListenSettings
    telemetry: TelemetrySettings
    cache: CacheSettings
    limits: LimitSettings
    live: LiveSettings
    internal_token_private_key: Annotated[
        Path, Meta(description="PEM file with the key that internal tokens are signed with.")
    ]
    amqp_url: Annotated[str, Meta(description="RabbitMQ: here it hears of revoked access.")]
    identity_url: Annotated[str, Meta(description="The identity service.")]
    channels_url: Annotated[str, Meta(description="The channels service.")]
    contacts_url: Annotated[str, Meta(description="The contacts service.")]
    sessions_url: Annotated[str, Meta(description="The sessions service.")]
    messaging_url: Annotated[str, Meta(description="The messaging service.")]
    issuer: Annotated[str, Meta(description="The `iss` that access tokens must have.")] = "ventros"
    upstream_timeout: Annotated[
        float, Meta(description="Seconds that a service may take to answer; some routes have less.")
    ] = 30.0
    cors_origins: Annotated[
        str,
        Meta(
            description="Origins (commas between) whose pages may use the API from a browser, "
            "such as `https://app.example.com`."
        ),
    ] = ""
    trusted_proxies: Annotated[
        str,
        Meta(
            description="Networks (CIDR, commas between) whose X-Forwarded-For and "
            "X-Forwarded-Proto are believed."
        ),
    ] = ""

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


def listed(text: str) -> list[str]:
    """The parts of a setting that is a list with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
