"""What an operator says about logs and traces."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class TelemetrySettings(msgspec.Struct, frozen=True, kw_only=True):
    """A group of settings (`platform_core.settings`).

    Without `otel_exporter_otlp_endpoint` nothing is recorded; a trace that others began is still
    carried on. The endpoint is the collector's base address, e.g. `http://collector:4318`.
    """

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    otel_exporter_otlp_endpoint: str | None = None
    otel_sample_ratio: Annotated[float, Meta(ge=0, le=1)] = 1.0
