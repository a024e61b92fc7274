"""WebSockets: the handshake at the edge, and those of services passed on, message by message."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

import aiohttp
import msgspec
from litestar.types import Message, Receive, Send, WebSocketScope
from multidict import CIMultiDict
from yarl import URL

from platform_auth.routes import Route
from platform_core.errors import Unavailable
from platform_http.raw import send_problem
from platform_http.server import MAX_MESSAGE, PING_SECONDS
from platform_telemetry import get_logger
from ventros_gateway.callers import Caller
from ventros_gateway.circuits import Circuit
from ventros_gateway.headers import Headers
from ventros_gateway.revocations import DenyMap
from ventros_gateway.route_classes import RouteClass
from ventros_gateway.upstream import Upstream

log = get_logger(__name__)

CLOSE_SECONDS: Final = 5.0
TAKE_SECONDS: Final = 60.0
"""Either side has this long to take a message."""

_TOKEN: Final = "bearer."  # noqa: S105 - what a token is announced by
_OF_THE_HANDSHAKE: Final = (
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
)
# RFC 6455 §7.4.1: what is never in a close frame, and what is said instead.
_UNSAID: Final = {1005: 1000, 1006: 1011, 1015: 1011}
_REFUSED: Final = range(400, 500)


class Closing(msgspec.Struct, frozen=True):
    """How a conversation ended, and which side ended it."""

    by: Literal["client", "service", "edge"]
    code: int
    reason: str = ""


def with_token(scope: WebSocketScope) -> Headers:
    """The headers, with the token that a browser gives as a subprotocol `bearer.<token>`: it can
    set no header. An address is no place for it, addresses are written down.
    """
    headers = list(scope["headers"])
    if any(name == b"authorization" for name, _ in headers):
        return headers
    for one in scope["subprotocols"]:
        if one.startswith(_TOKEN):
            headers.append((b"authorization", b"Bearer " + one[len(_TOKEN) :].encode()))
            break
    return headers


def instead_of_handshake(send: Send) -> Send:
    """A `send` for an HTTP answer that refuses a handshake."""

    async def answer(message: Message) -> None:
        refusal: Message = {**message, "type": f"websocket.{message['type']}"}  # type: ignore[assignment]
        await send(refusal)

    return answer


class WebSockets:
    """Passes conversations on to the services that have them."""

    def __init__(self, upstream: Upstream, services: Mapping[str, str], denied: DenyMap) -> None:
        self._upstream = upstream
        self._denied = denied
        self._bases = {name: url.rstrip("/") for name, url in services.items()}
        self._circuits = {name: Circuit() for name in services}

    async def pass_on(
        self,
        scope: WebSocketScope,
        receive: Receive,
        send: Send,
        route: Route,
        kind: RouteClass,
        headers: CIMultiDict[str],
        caller: Caller | None,
    ) -> None:
        """Open it at the service, then here, and carry messages until one side ends it.

        Raises:
            Unavailable: before the handshake was answered.
        """
        circuit = self._circuits[route.service]
        if wait := circuit.admit():
            raise _away(route.service, wait)
        try:
            try:
                async with asyncio.timeout(kind.answer):
                    socket = await self._open(scope, route.service, headers)
            except aiohttp.WSServerHandshakeError as error:
                circuit.succeeded()
                await _refuse(scope, send, route.service, error.status)
                return
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                circuit.failed()
                log.warning("upstream_failed", service=route.service, route=route.path,
                            error=type(error).__name__)  # fmt: skip
                raise _away(route.service, 1) from error
            circuit.succeeded()
        finally:
            circuit.released()
        async with socket:
            await receive()  # websocket.connect
            await send({"type": "websocket.accept", "subprotocol": socket.protocol, "headers": []})
            closing = await self._carry(socket, receive, send, caller)
            await _finish(socket, send, closing)

    async def _open(
        self, scope: WebSocketScope, service: str, headers: CIMultiDict[str]
    ) -> aiohttp.ClientWebSocketResponse:
        for name in _OF_THE_HANDSHAKE:
            headers.popall(name, None)
        query = scope["query_string"].decode("latin-1")
        target = f"{self._bases[service]}{scope['path']}" + (f"?{query}" if query else "")
        protocols = [one for one in scope["subprotocols"] if not one.startswith(_TOKEN)]
        return await self._upstream.session.ws_connect(
            URL(target, encoded=True),
            headers=headers,
            protocols=protocols,
            max_msg_size=MAX_MESSAGE,
            heartbeat=PING_SECONDS,
            compress=0,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
        )

    async def _carry(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        receive: Receive,
        send: Send,
        caller: Caller | None,
    ) -> Closing:
        """Both directions at once, each as fast as its taker; how it ended."""
        revoked = asyncio.Event()

        async def until_revoked() -> Closing:
            await revoked.wait()
            return Closing("edge", 1008, "access taken back")

        with contextlib.ExitStack() as watching:
            if caller is not None:
                watching.enter_context(self._denied.watch(caller, revoked.set))
                if self._denied.denies(caller):
                    revoked.set()
            sides = [
                asyncio.ensure_future(_to_service(socket, receive)),
                asyncio.ensure_future(_to_client(socket, send)),
                asyncio.ensure_future(until_revoked()),
            ]
            try:
                done, _ = await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for side in sides:
                    side.cancel()
                await asyncio.wait(sides)
        endings = [side.result() for side in done]
        return next((one for one in endings if one.by == "edge"), endings[0])


async def _to_service(
    socket: aiohttp.ClientWebSocketResponse, receive: Callable[[], Awaitable[Any]]
) -> Closing:
    try:
        while (message := await receive())["type"] != "websocket.disconnect":
            async with asyncio.timeout(TAKE_SECONDS):
                if (text := message.get("text")) is not None:
                    await socket.send_str(text)
                else:
                    await socket.send_bytes(message.get("bytes") or b"")
    except (aiohttp.ClientError, OSError, TimeoutError):
        return Closing("service", 1006)
    return Closing("client", message.get("code") or 1005, message.get("reason") or "")


async def _to_client(socket: aiohttp.ClientWebSocketResponse, send: Send) -> Closing:
    try:
        while True:
            message = await socket.receive()
            async with asyncio.timeout(TAKE_SECONDS):
                if message.type == aiohttp.WSMsgType.TEXT:
                    await send({"type": "websocket.send", "text": message.data, "bytes": None})
                elif message.type == aiohttp.WSMsgType.BINARY:
                    await send({"type": "websocket.send", "bytes": message.data, "text": None})
                elif message.type == aiohttp.WSMsgType.CLOSE:
                    return Closing("service", message.data or 1005, message.extra or "")
                else:
                    return Closing("service", socket.close_code or 1006)
    except TimeoutError:
        # Before its kin: a TimeoutError is an OSError, too.
        return Closing("edge", 1013, "too slow")
    except OSError:
        # uvicorn says so of a client that is gone.
        return Closing("client", 1006)


async def _finish(socket: aiohttp.ClientWebSocketResponse, send: Send, closing: Closing) -> None:
    code = _UNSAID.get(closing.code, closing.code)
    with contextlib.suppress(OSError, TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(CLOSE_SECONDS):
            if closing.by != "service":
                await socket.close(code=code, message=closing.reason.encode())
            if closing.by != "client":
                await send({"type": "websocket.close", "code": code, "reason": closing.reason})


async def _refuse(scope: WebSocketScope, send: Send, service: str, status: int) -> None:
    passed = status if status in _REFUSED else 502
    await send_problem(
        scope, instead_of_handshake(send), passed, "upstream_refused",
        f"The {service} service did not open the WebSocket.",
    )  # fmt: skip


def _away(service: str, seconds: float) -> Unavailable:
    away = Unavailable(f"The {service} service is away. Try again.", code="upstream_unavailable")
    away.retry_after = seconds
    return away
