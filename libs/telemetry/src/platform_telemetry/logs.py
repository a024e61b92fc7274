"""Logs: one JSON object a line on stdout, for our own loggers and for the libraries'."""

import logging
import sys
from typing import Any, cast

import msgspec
import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from platform_telemetry.redaction import redact
from platform_telemetry.settings import TelemetrySettings

_encoder = msgspec.json.Encoder(enc_hook=repr)

# Libraries that tell about every request or message at level info.
_TALKATIVE = ("aio_pika", "aiormq", "asyncio", "httpcore", "httpx", "temporalio", "uvicorn.access")


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that says its name; bind ids to it, never bodies.

    It may be made at import: the configuration is looked up when it is used.
    """
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(name))


def configure_logs(service: str, settings: TelemetrySettings) -> None:
    """Route our loggers and the standard library's through one chain to stdout."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]

    def add_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    console = settings.log_format == "console"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        _add_trace,
        structlog.processors.format_exc_info,
        redact,
    ]
    render: Processor = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if console
        else structlog.processors.JSONRenderer(serializer=_to_json)
    )
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Stdout,
        cache_logger_on_first_use=False,
    )

    handler = _StdoutHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, _StdoutHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(capture=True)


def _to_json(event: EventDict, **_: Any) -> str:
    return _encoder.encode(event).decode()


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = f"{span.trace_id:032x}"
        event["span_id"] = f"{span.span_id:016x}"
    return event


class _Stdout:
    """Writes a line to the stdout of the moment (which tests and supervisors replace)."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = fatal = exception = log = msg


class _StdoutHandler(logging.Handler):
    """The standard library's way to the same stdout."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except Exception:
            self.handleError(record)
