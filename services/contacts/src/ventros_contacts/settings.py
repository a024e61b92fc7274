"""What an operator says to contacts."""

import msgspec

from platform_bus import BusSettings
from platform_http import HttpSettings
from platform_postgres import PostgresSettings
from platform_telemetry import TelemetrySettings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Groups that every service with a database and a broker has; contacts has none of its own."""

    postgres: PostgresSettings
    bus: BusSettings
    http: HttpSettings
    telemetry: TelemetrySettings
