"""What an operator says about channels."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from platform_bus import BusSettings
from platform_core.types import HttpUrl
from platform_http import HttpSettings
from platform_outbound import OutboundSettings, read_networks
from platform_outbound.networks import Network
from platform_postgres import PostgresSettings
from platform_storage import StorageSettings
from platform_telemetry import TelemetrySettings
from platform_workflows import TemporalSettings
from ventros_channels.domain.gap import Patience


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`credential_keys` is the key ring file that secrets are sealed with; `public_url` is where
    providers reach the gateway, the base of every webhook address; `webhook_max_bytes` is the
    largest body of a webhook."""

    postgres: PostgresSettings
    bus: BusSettings
    http: HttpSettings
    telemetry: TelemetrySettings
    storage: StorageSettings
    temporal: TemporalSettings
    outbound: OutboundSettings = msgspec.field(default_factory=OutboundSettings)
    credential_keys: Annotated[
        Path, Meta(description="The key ring file that secrets are sealed with.")
    ]
    public_url: Annotated[
        HttpUrl,
        Meta(description="Where providers reach the gateway: the base of every webhook address."),
    ]
    waha_networks: Annotated[
        str,
        Meta(
            description="Inner networks (CIDR, commas between) in which the installation's own WAHA"
            " servers stand: channels of every tenant may lead there."
        ),
    ] = ""
    webhook_max_bytes: Annotated[
        int, Meta(ge=1024, le=16_777_216, description="The largest body of a webhook.")
    ] = 3_145_728
    provider_timeout: Annotated[
        float, Meta(gt=0, le=120, description="Seconds that a call of a provider may take.")
    ] = 25.0

    media_max_bytes: Annotated[
        int, Meta(ge=1024, description="The largest file of a message that is fetched.")
    ] = 104_857_600

    history_messages_per_second: Annotated[
        float,
        Meta(
            gt=0,
            description="How fast a process imports history, over all channels: what is told so"
            " goes the way of live messages.",
        ),
    ] = 50.0

    watch_interval_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="How often it is looked which channels came back and which are silent."
            " 0: never.",
        ),
    ] = 30.0
    silence_least_minutes: Annotated[
        float, Meta(gt=0, description="A channel may always be silent for so long.")
    ] = 15.0
    silence_most_minutes: Annotated[
        float,
        Meta(
            gt=0,
            description="A channel that is silent for longer is asked for what it has, however"
            " quiet it usually is.",
        ),
    ] = 360.0

    @property
    def patience(self) -> Patience:
        """How long a channel may be silent."""
        return Patience(
            least=timedelta(minutes=self.silence_least_minutes),
            most=timedelta(minutes=self.silence_most_minutes),
        )

    @property
    def callable_networks(self) -> tuple[Network, ...]:
        """Inner networks that a channel may lead to: the operator's own, and a developer's.

        Raises `SettingsError`.
        """
        return self.outbound.allowed + read_networks("VENTROS_WAHA_NETWORKS", self.waha_networks)
