"""What an operator says to messaging."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from platform_bus import BusSettings
from platform_core.types import HttpUrl
from platform_http import HttpSettings
from platform_outbound import OutboundSettings
from platform_postgres import PostgresSettings
from platform_storage import StorageSettings
from platform_telemetry import TelemetrySettings
from platform_workflows import TemporalSettings
from ventros_messaging.ai.settings import AiSettings
from ventros_messaging.http.files import MAX_BYTES


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Groups that every service with a database and a broker has, Temporal's, where files are, and
    who puts them into words."""

    postgres: PostgresSettings
    bus: BusSettings
    http: HttpSettings
    telemetry: TelemetrySettings
    temporal: TemporalSettings
    outbound: OutboundSettings = msgspec.field(default_factory=OutboundSettings)
    ai: AiSettings = msgspec.field(default_factory=AiSettings)
    storage: StorageSettings
    file_link_key: Annotated[
        Path,
        Meta(description="A file of 32 random bytes or more: what links to files are signed with."),
    ]
    file_max_bytes: Annotated[
        int, Meta(ge=1024, description="The largest file that is taken to be sent.")
    ] = MAX_BYTES
    public_url: Annotated[
        HttpUrl | None,
        Meta(
            description="Where providers reach the gateway: the base of links to files that are"
            " sent. Without it, only files that are handed over whole are."
        ),
    ] = None
