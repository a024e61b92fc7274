"""Logs, traces and metrics of every service, set up in one call."""

from platform_telemetry.logs import configure_logs, get_logger
from platform_telemetry.metrics import counter, exposition, gauge, histogram
from platform_telemetry.settings import TelemetrySettings
from platform_telemetry.tracing import (
    attached,
    configure_traces,
    flush_traces,
    get_tracer,
    traceparent,
)

__all__ = [
    "TelemetrySettings",
    "attached",
    "configure",
    "counter",
    "exposition",
    "flush_traces",
    "gauge",
    "get_logger",
    "get_tracer",
    "histogram",
    "traceparent",
]


def configure(service: str, settings: TelemetrySettings) -> None:
    """Set up the process's logs and traces; call it once, before anything logs."""
    configure_logs(service, settings)
    configure_traces(service, settings)
