"""The edge itself: verify, check the route's permission, forward, stream the answer back.

Plain ASGI, because every request of the system pays for what is done here.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import aiohttp
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from yarl import URL

from platform_auth.errors import TokenMissing
from platform_auth.jwt import bearer
from platform_auth.routes import GATEWAY, ROUTES, Matcher, Route
from platform_core.errors import DomainError, Forbidden
from platform_http.problems import STATUS, STATUS_BY_CODE
from platform_http.raw import send_problem
from platform_http.request_id import request_id_of
from platform_telemetry import get_logger
from ventros_gateway.callers import Callers
from ventros_gateway.headers import for_client, for_service
from ventros_gateway.paths import is_plain
from ventros_gateway.upstream import Upstream

log = get_logger(__name__)

_SKIPPED: Final = frozenset({"Accept", "Accept-Encoding", "User-Agent", "Content-Type"})
# An answer of this size or less is passed on in one piece.
SMALL_ANSWER: Final = 64 * 1024


class _ClientGoneError(Exception):
    """The client hung up while its body was being read."""


class Proxy:
    """An ASGI application that forwards the declared routes and hands the rest to `own`."""

    def __init__(
        self,
        own: ASGIApp,
        *,
        callers: Callers,
        upstream: Upstream,
        services: Mapping[str, str],
    ) -> None:
        self._own = own
        self._callers = callers
        self._upstream = upstream
        self._bases = {name: url.rstrip("/") for name, url in services.items()}
        self._routes = Matcher(tuple(route for route in ROUTES if route.service != GATEWAY))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is not HTTP is not served."""
        if scope["type"] == ScopeType.HTTP:
            await self._serve(scope, receive, send)
        else:
            await self._own(scope, receive, send)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        if not is_plain(scope["raw_path"]):
            await send_problem(
                scope, send, 400, "invalid_path", "The path has characters that are not allowed."
            )
            return
        routes = self._routes.match(scope["path"])
        if not routes:
            await self._own(scope, receive, send)
            return
        route = routes.get(scope["method"])
        if route is None:
            allow = ", ".join(sorted(routes)).encode()
            await send_problem(
                scope, send, 405, "method_not_allowed",
                "This path does not answer to this method.", [(b"allow", allow)],
            )  # fmt: skip
            return
        scope["path_template"] = route.path
        try:
            authorization = await self._admit(scope, route)
        except DomainError as error:
            status = STATUS_BY_CODE.get(error.code) or STATUS[error.kind]
            await send_problem(scope, send, status, error.code, error.detail)
            return
        await self._forward(scope, receive, send, route, authorization)

    async def _admit(self, scope: HTTPScope, route: Route) -> str | None:
        """The Authorization header for the service; None for a public route.

        Raises:
            TokenMissing, TokenInvalid, TokenExpired, Forbidden, Unavailable
        """
        if route.permission is None:
            return None
        for name, value in scope["headers"]:
            if name == b"authorization":
                caller = await self._callers.of(bearer(value.decode("latin-1")))
                break
        else:
            raise TokenMissing("A bearer token is needed.")
        principal = caller.principal
        if route.permission not in principal.permissions:
            raise Forbidden(f"The role {principal.role} lacks the permission {route.permission}.")
        return caller.authorization

    async def _forward(
        self,
        scope: HTTPScope,
        receive: Receive,
        send: Send,
        route: Route,
        authorization: str | None,
    ) -> None:
        client = scope["client"]
        headers = for_service(
            scope["headers"],
            authorization=authorization,
            request_id=request_id_of(scope),
            client=client[0] if client else None,
            scheme=scope["scheme"],
        )
        started = _Started(send)
        try:
            body = await _body(receive, headers)
            async with self._upstream.session.request(
                scope["method"],
                self._url(route.service, scope),
                data=body,
                headers=headers,
                skip_auto_headers=_SKIPPED,
                allow_redirects=False,
            ) as answer:
                sent = body is None or isinstance(body, bytes)
                await _answer(answer, receive if sent else None, started)
        except _ClientGoneError:
            log.info("client_gone", route=route.path)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if started.status is not None:
                # Half an answer is out; only breaking the connection tells the client.
                raise
            log.warning(
                "upstream_failed",
                service=route.service,
                route=route.path,
                error=type(error).__name__,
            )
            await send_problem(scope, send, *_failure(error, route.service))

    def _url(self, service: str, scope: HTTPScope) -> URL:
        query = scope["query_string"]
        target = f"{self._bases[service]}{scope['path']}"
        if query:
            target = f"{target}?{query.decode('latin-1')}"
        return URL(target, encoded=True)


class _Started:
    """A `send` that knows whether the answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


async def _body(
    receive: Receive, headers: Mapping[str, str]
) -> bytes | AsyncIterator[bytes] | None:
    """The request's body: nothing, all of it when it has come already, else a stream.

    A stream keeps the client's Content-Length if it gave one.
    """
    first: Any = await receive()
    if first["type"] == "http.disconnect":
        raise _ClientGoneError
    if first.get("more_body", False):
        return _stream(receive, first)
    body: bytes = first.get("body", b"")
    return body if body or "content-length" in headers else None


async def _stream(receive: Receive, first: Any) -> AsyncIterator[bytes]:
    message = first
    while True:
        if message["type"] == "http.disconnect":
            raise _ClientGoneError
        if chunk := message.get("body"):
            yield chunk
        if not message.get("more_body", False):
            return
        message = await receive()


async def _answer(answer: aiohttp.ClientResponse, receive: Receive | None, send: Send) -> None:
    """Pass an answer on. `receive` tells when the client leaves; None while it still sends."""
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": for_client(answer.raw_headers),
        }
    )
    length = answer.content_length
    if length is not None and length <= SMALL_ANSWER:
        body = await answer.read()
        await send({"type": "http.response.body", "body": body, "more_body": False})
        return
    async with _hang_up_with(receive, answer):
        async for chunk in answer.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@contextlib.asynccontextmanager
async def _hang_up_with(
    receive: Receive | None, answer: aiohttp.ClientResponse
) -> AsyncIterator[None]:
    """Hang up on the service when the client hangs up on us: a stream may have no end."""
    if receive is None:
        yield
        return
    gone = asyncio.ensure_future(_until_gone(receive))
    gone.add_done_callback(lambda _: answer.close())
    try:
        yield
    except aiohttp.ClientError as error:
        if gone.done():
            raise _ClientGoneError from error
        raise
    finally:
        gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _failure(error: Exception, service: str) -> tuple[int, str, str]:
    """Status, code and words for a request that brought no answer."""
    if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ConnectionTimeoutError):
        return 504, "upstream_timeout", f"The {service} service took too long."
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        # Nothing was sent: trying again is safe.
        return 503, "upstream_unavailable", f"The {service} service is away. Try again."
    return 502, "upstream_failed", f"The {service} service hung up; the outcome is not known."
