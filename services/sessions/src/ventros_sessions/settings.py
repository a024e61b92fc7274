"""What an operator says to sessions."""

from typing import Annotated

import msgspec
from msgspec import Meta

from platform_bus import BusSettings
from platform_http import HttpSettings
from platform_postgres import PostgresSettings
from platform_telemetry import TelemetrySettings
from platform_workflows import TemporalSettings


class SweepSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The net under the timers: how often it looks, and how long a session may be overdue before
    its timer is taken for lost. Seconds."""

    session_sweep_interval: Annotated[
        float, Meta(gt=0, description="Seconds between looks for sessions whose timer was lost.")
    ] = 60.0
    session_sweep_grace: Annotated[
        float,
        Meta(
            gt=0,
            description="Seconds that a session may be overdue before its timer counts as lost.",
        ),
    ] = 60.0


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Groups that every service has, Temporal's, and the sweep's."""

    postgres: PostgresSettings
    bus: BusSettings
    http: HttpSettings
    telemetry: TelemetrySettings
    temporal: TemporalSettings
    sweep: SweepSettings
