"""`/v1/ws`: the same stream over a WebSocket, for clients that cannot read the other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import msgspec
from litestar.types import Receive, Send, WebSocketScope
from msgspec import UNSET, Meta, UnsetType

from platform_core.errors import DomainError
from ventros_gateway.callers import Caller
from ventros_gateway.live.filters import MAX_LENGTH, MAX_PATTERNS, Filter
from ventros_gateway.live.hub import Hub
from ventros_gateway.live.lifetime import bounded
from ventros_gateway.live.listener import End, Listener, Mark
from ventros_gateway.live.queries import asked, place
from ventros_gateway.revocations import DenyMap

PROTOCOL: Final = "ventros.v1"
MAX_MESSAGE: Final = 8 * 1024
HELLO_SECONDS: Final = 0.5
"""A client that wants less than everything says so in this time after it was let in."""
CLOSE_SECONDS: Final = 5.0
"""A client that takes nothing may still come to hear why it was cut."""

_POLICY: Final = 1008
_CODES: Final = {
    End.LIFETIME: (1001, "come again"),
    # As the server itself says to those whom it still finds when it stops.
    End.STOPPING: (1012, "come again"),
    End.EXPIRED: (_POLICY, "token expired"),
    End.REVOKED: (_POLICY, "access taken back"),
    End.SLOW: (1013, "too slow"),
}
_REFETCH: Final = '{"refetch":true}'


class Hello(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The one message that a client may send, as its first: what it wants to hear, and what it
    has heard.
    """

    types: (
        Annotated[list[Annotated[str, Meta(max_length=MAX_LENGTH)]], Meta(max_length=MAX_PATTERNS)]
        | UnsetType
    ) = UNSET
    last_event_id: Annotated[str, Meta(max_length=128)] | UnsetType = UNSET


class _Refused(Exception):
    """What the client sent is not to be sent; the text says why."""


class WebSocket:
    """An ASGI application for a caller who is known."""

    def __init__(self, hub: Hub, denied: DenyMap, *, lifetime: float) -> None:
        self._hub = hub
        self._denied = denied
        self._lifetime = lifetime

    async def __call__(
        self, scope: WebSocketScope, receive: Receive, send: Send, caller: Caller
    ) -> None:
        """Tell the caller what happens, until one of them has had enough.

        Raises:
            DomainError: before the handshake was answered.
        """
        wanted = asked(scope["query_string"], scope["headers"])
        listener = await self._hub.open(caller, wanted.filter, wanted.last)
        try:
            with bounded(listener, caller, self._denied, lifetime=self._lifetime):
                await receive()  # websocket.connect
                protocol = PROTOCOL if PROTOCOL in scope["subprotocols"] else None
                await send({"type": "websocket.accept", "subprotocol": protocol, "headers": []})
                await self._converse(listener, receive, send)
        finally:
            self._hub.close(listener)

    async def _converse(self, listener: Listener, receive: Receive, send: Send) -> None:
        told = asyncio.Event()
        refused: list[str] = []

        async def hear() -> None:
            try:
                await self._hear(listener, receive, told)
            except (_Refused, DomainError) as error:
                refused.append(str(error))
            finally:
                told.set()
                listener.finish(End.LEFT)

        hearing = asyncio.ensure_future(hear())
        try:
            await _within(told.wait(), HELLO_SECONDS)
            await _tell(listener, send)
        finally:
            hearing.cancel()
        if refused:
            await _close(send, _POLICY, refused[0])
        elif listener.end is not None and listener.end is not End.LEFT:
            await _close(send, *_CODES[listener.end])

    async def _hear(
        self, listener: Listener, receive: Callable[[], Awaitable[Any]], told: asyncio.Event
    ) -> None:
        """Returns when the client leaves."""
        first = True
        while (message := await receive())["type"] != "websocket.disconnect":
            if not first:
                raise _Refused("one message only")
            first = False
            text = message.get("text")
            if text is None or len(text) > MAX_MESSAGE:
                raise _Refused("a short text is expected")
            try:
                hello = msgspec.json.decode(text, type=Hello)
            except msgspec.MsgspecError as error:
                raise _Refused("types and last_event_id are expected") from error
            if hello.types is not UNSET:
                self._hub.narrow(listener, Filter(hello.types))
            if hello.last_event_id is not UNSET:
                last = place(hello.last_event_id)
                if last is not None:
                    self._hub.resume(listener, last)
            told.set()


async def _tell(listener: Listener, send: Send) -> None:
    try:
        while items := await listener.take():
            for item in items:
                if item is Mark.PING:
                    continue
                text = _REFETCH if isinstance(item, Mark) else item.text
                await listener.give(send, {"type": "websocket.send", "text": text, "bytes": None})
    except TimeoutError:
        listener.finish(End.SLOW)


async def _close(send: Send, code: int, reason: str) -> None:
    await _within(send({"type": "websocket.close", "code": code, "reason": reason}), CLOSE_SECONDS)


async def _within(what: Awaitable[Any], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await what
    except TimeoutError:
        return False
    return True
