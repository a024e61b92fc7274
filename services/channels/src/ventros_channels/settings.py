"""What an operator says about channels."""

import math
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from platform_bus import BusSettings
from platform_core.settings import SettingsError
from platform_core.types import HttpUrl
from platform_http import HttpSettings
from platform_outbound import OutboundSettings, read_networks
from platform_outbound.networks import Network
from platform_postgres import PostgresSettings
from platform_storage import StorageSettings
from platform_telemetry import TelemetrySettings
from platform_workflows import TemporalSettings
from ventros_channels.domain.gap import Patience
from ventros_channels.domain.uploads import UPLOADS_KEPT
from ventros_channels.store.retention import Kept


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

    keep_raw_events_days: Annotated[
        int,
        Meta(
            ge=0,
            description="How long the bodies of webhooks are kept, for replay. 0: for ever.",
        ),
    ] = 30
    keep_provider_facts_days: Annotated[
        int,
        Meta(
            ge=0,
            description="How long it is remembered which acknowledgements, reactions and the like"
            " were told; longer than bodies, else a replay tells them again. 0: for ever.",
        ),
    ] = 90
    keep_provider_messages_days: Annotated[
        int,
        Meta(
            ge=0,
            description="How long it is remembered which messages were told. An import of history"
            " may show one after years, and tells it again when it is forgotten. 0: for ever.",
        ),
    ] = 0
    keep_settled_days: Annotated[
        int,
        Meta(
            ge=1,
            description="How long messages that were sent, and files that were fetched, are"
            " remembered as work.",
        ),
    ] = 7

    @property
    def keep(self) -> Mapping[Kept, timedelta]:
        """How long rows are kept; those that are not named, for ever.

        Raises:
            SettingsError: what was told is forgotten before what would tell it again.
        """
        days: dict[Kept, int] = {
            "raw_event": self.keep_raw_events_days,
            "provider_fact": self.keep_provider_facts_days,
            "provider_message": self.keep_provider_messages_days,
            "delivery": self.keep_settled_days,
            "media_job": self.keep_settled_days,
        }
        remembered = min(days["provider_fact"] or math.inf, days["provider_message"] or math.inf)
        if remembered < (days["raw_event"] or math.inf):
            told_again = (
                "VENTROS_KEEP_RAW_EVENTS_DAYS is longer than it is remembered what was told of"
                " them: a replay would tell it again."
            )
            raise SettingsError([told_again])
        kept = {what: timedelta(days=count) for what, count in days.items() if count}
        return {**kept, "media_upload": UPLOADS_KEPT}

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
