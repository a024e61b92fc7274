"""Traces: OpenTelemetry where a collector is given, and the thread of a trace always.

A trace crosses the outbox and the broker as a `traceparent` (W3C Trace Context): it is stored
with the event and attached again before the event is published or handled, recorded or not.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, Tracer

from platform_telemetry.settings import TelemetrySettings

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


def configure_traces(service: str, settings: TelemetrySettings) -> None:
    """Export spans by OTLP over HTTP if an endpoint is set; else leave the no-op tracer."""
    endpoint = settings.otel_exporter_otlp_endpoint
    if endpoint is None:
        return
    # Loaded on demand: the exporter brings protobuf and a HTTP client along.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio  # noqa: PLC0415

    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.namespace": "ventros"}),
        sampler=ParentBasedTraceIdRatio(settings.otel_sample_ratio),
    )
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def flush_traces(deadline_seconds: float = 5.0) -> None:
    """Export what is buffered; called once, last, when a process stops. Blocks."""
    provider = trace.get_tracer_provider()
    flush = getattr(provider, "force_flush", None)
    if flush is not None:
        flush(int(deadline_seconds * 1000))


def get_tracer(name: str) -> Tracer:
    """A tracer; without a collector its spans record nothing and cost next to nothing."""
    return trace.get_tracer(name)


def traceparent() -> str | None:
    """The current span as a `traceparent` header; None outside of any trace."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return None
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


@contextmanager
def attached(parent: str | None) -> Iterator[None]:
    """Go on with a stored `traceparent`; what is None or malformed leaves the context as it is."""
    span = _parse(parent)
    if span is None:
        yield
        return
    token = context.attach(trace.set_span_in_context(NonRecordingSpan(span)))
    try:
        yield
    finally:
        context.detach(token)


def _parse(parent: str | None) -> SpanContext | None:
    match = _TRACEPARENT.fullmatch(parent) if parent else None
    if match is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    span = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags & 1))
    return span if span.is_valid else None
