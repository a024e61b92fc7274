"""Around every request: its id, its trace, its place in the metrics. Nothing else, it is hot."""

import time
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry.trace import SpanKind

from platform_http.request_id import (
    HEADER,
    choose_request_id,
    has_request_id,
    remember_request_id,
)
from platform_telemetry import attached, get_tracer, histogram

_seconds = histogram(
    "http_request_seconds",
    "How long requests took, by route",
    ("service", "method", "route", "status"),
)


class Observe:
    """An ASGI application around another."""

    def __init__(self, service: str, app: ASGIApp) -> None:
        self._service = service
        self._app = app
        self._tracer = get_tracer("platform_http")
        self._children: dict[tuple[str, str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is not HTTP, or is observed further out, passes through."""
        if scope["type"] == ScopeType.HTTP and not has_request_id(scope):
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        request_id = choose_request_id(scope["headers"])
        remember_request_id(scope, request_id)
        # Each request runs in a task of its own, so there is nothing to take back.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        header = (HEADER, request_id.encode("ascii"))
        method = str(scope["method"])
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], header]
            await send(message)

        parent = _header(scope, b"traceparent")
        started = time.perf_counter()
        try:
            if parent is None:
                await self._app(scope, receive, send_with_id)
            else:
                with (
                    attached(parent),
                    self._tracer.start_as_current_span(method, kind=SpanKind.SERVER) as span,
                ):
                    await self._app(scope, receive, send_with_id)
                    span.update_name(f"{method} {scope.get('path_template', '')}")
                    span.set_attribute("http.response.status_code", status)
        finally:
            self._measure(method, scope.get("path_template") or "none", status, started)

    def _measure(self, method: str, route: str, status: int, started: float) -> None:
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = _seconds.labels(self._service, *map(str, key))
        child.observe(time.perf_counter() - started)


def _header(scope: Any, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None
