"""What browsers have to be told: which pages may ask us (CORS), and what they may do with answers.

Around everything the gateway answers. Callers carry bearer tokens, never cookies, so credentials
are never allowed to another origin.
"""

import re
from collections.abc import Iterable
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from ventros_gateway.addresses import Peers
from ventros_gateway.headers import Headers

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
PREFLIGHT_SECONDS: Final = 600
METHODS: Final = b"GET, POST, PUT, PATCH, DELETE"
# What our API reads; what is safelisted by the standard need not be named.
ALLOWED: Final = b"authorization, content-type, idempotency-key, x-request-id, traceparent"
EXPOSED: Final = (
    b"ratelimit, ratelimit-policy, retry-after, x-request-id, idempotent-replayed, location, "
    b"www-authenticate, accept-ranges, content-range, etag"
)
YEAR_AND_MORE: Final = 63_072_000

_ALWAYS: Final[dict[bytes, bytes]] = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    # An answer of the API is data. A page that is one says so itself.
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}
_HTTPS: Final = {b"strict-transport-security": f"max-age={YEAR_AND_MORE}".encode()}


class Browsers:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str], peers: Peers) -> None:
        """`origins` are of the form `https://app.example.com`. Raises `ValueError` for others."""
        self._app = app
        self._peers = peers
        self._origins = frozenset(_checked(origin) for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        origin, asked = None, False
        for name, value in scope["headers"]:
            if name == b"origin":
                origin = value
            elif name == b"access-control-request-method":
                asked = True
        told = self._told(scope, origin)
        if scope["method"] == "OPTIONS" and origin is not None and asked:
            await _preflight(origin in self._origins, told, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with(list(message["headers"]), told)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _told(self, scope: HTTPScope, origin: bytes | None) -> dict[bytes, bytes]:
        told = dict(_ALWAYS)
        if self._peers.of(scope)[1] == "https":
            told |= _HTTPS
        if origin is not None and self._origins:
            told[b"vary"] = b"origin"
            if origin in self._origins:
                told[b"access-control-allow-origin"] = origin
                told[b"access-control-expose-headers"] = EXPOSED
        return told


async def _preflight(allowed: bool, told: dict[bytes, bytes], send: Send) -> None:
    headers: Headers = list(told.items())
    if allowed:
        headers += [
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", ALLOWED),
            (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode()),
        ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _with(headers: Headers, told: dict[bytes, bytes]) -> Headers:
    """Ours where the answer does not say otherwise; who may read it is ours alone to say."""
    kept = [(name, value) for name, value in headers if not name.startswith(b"access-control-")]
    said = {name for name, _ in kept}
    kept += [(name, value) for name, value in told.items() if name == b"vary" or name not in said]
    return kept


def _checked(origin: str) -> bytes:
    if _ORIGIN.fullmatch(origin) is None:
        raise ValueError(f"{origin!r} is not an origin such as https://app.example.com")
    return origin.encode()
