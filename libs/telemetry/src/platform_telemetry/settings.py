"""What an operator says about logs and traces."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class TelemetrySettings(msgspec.Struct, frozen=True, kw_only=True):
    """A group of settings (`platform_core.settings`).

    Without `otel_exporter_otlp_endpoint` nothing is recorded; a trace that others began is still
    carried on. The endpoint is the collector's base address, e.g. `http://collector:4318`.
    """

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="What is logged at least.")
    ] = "info"
    log_format: Annotated[
        Literal["json", "console"], Meta(description="JSON lines, or lines for people.")
    ] = "json"
    otel_exporter_otlp_endpoint: Annotated[
        str | None,
        Meta(description="Base address of the collector of traces; without it none is recorded."),
    ] = None
    otel_sample_ratio: Annotated[
        float, Meta(ge=0, le=1, description="Share of the traces begun here that are recorded.")
    ] = 1.0
