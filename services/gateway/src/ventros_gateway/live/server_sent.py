"""`GET /v1/events/stream`: server-sent events (WHATWG HTML, "Server-sent events")."""

from typing import Final

from litestar.types import HTTPScope, Message, Receive, Send

from ventros_gateway.callers import Caller
from ventros_gateway.live.hub import Hub
from ventros_gateway.live.lifetime import bounded, leaving
from ventros_gateway.live.listener import End, Item, Listener, Mark
from ventros_gateway.live.queries import asked
from ventros_gateway.revocations import DenyMap

RETRY_MILLISECONDS: Final = 2000

_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # nginx would keep the events until it has a page of them.
    (b"x-accel-buffering", b"no"),
]
_BEGIN: Final = b"retry: %d\n: open\n\n" % RETRY_MILLISECONDS
_MARKS: Final = {Mark.REFETCH: b"event: refetch\ndata: {}\n\n", Mark.PING: b": ping\n\n"}
_GONE: Final = frozenset({"http.disconnect"})


class ServerSent:
    """An ASGI application for a caller who is known."""

    def __init__(self, hub: Hub, denied: DenyMap, *, lifetime: float) -> None:
        self._hub = hub
        self._denied = denied
        self._lifetime = lifetime

    async def __call__(
        self, scope: HTTPScope, receive: Receive, send: Send, caller: Caller
    ) -> None:
        """Tell the caller what happens, until one of them has had enough.

        Raises:
            DomainError: before anything was sent.
        """
        wanted = asked(scope["query_string"], scope["headers"])
        listener = await self._hub.open(caller, wanted.filter, wanted.last, pings=True)
        try:
            with (
                bounded(listener, caller, self._denied, lifetime=self._lifetime),
                leaving(receive, listener, _GONE),
            ):
                await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
                await _tell(listener, send)
        finally:
            self._hub.close(listener)


async def _tell(listener: Listener, send: Send) -> None:
    try:
        await listener.give(send, _piece(_BEGIN))
        while items := await listener.take():
            await listener.give(send, _piece(b"".join(map(_bytes, items))))
        if listener.end is not End.LEFT:
            await listener.give(send, _piece(b"", more=False))
    except TimeoutError:
        # The answer stays without its end, which breaks the connection.
        listener.finish(End.SLOW)


def _bytes(item: Item) -> bytes:
    return _MARKS[item] if isinstance(item, Mark) else item.frame


def _piece(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
