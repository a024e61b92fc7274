"""uvicorn's HTTP/1.1 with bounds on the head of a request, and problems for what is no request.

httptools refuses what can be read in two ways (both lengths, obsolete folding, bare line ends);
this adds how large and how slow a head may be, and that a request names one host.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from platform_core.ids import new_id
from platform_http.joined_writes import JoinedWrites
from platform_http.problems import MEDIA_TYPE, make_problem

MAX_HEAD: Final = 32 * 1024
HEAD_SECONDS: Final = 10.0

_MALFORMED: Final = (400, "malformed_request", "This is not a well-formed HTTP request.")
_NO_HOST: Final = (400, "host_invalid", "A request names one host.")
_TOO_LARGE: Final = (431, "headers_too_large", f"A head has {MAX_HEAD} bytes at most.")
_TOO_SLOW: Final = (408, "request_timeout", "The head of the request came too slowly.")

_HANDSHAKE: Final = frozenset({b"sec-websocket-key", b"sec-websocket-version"})
_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})
_ONCE_EACH: Final = sorted(_HANDSHAKE)

Refusal = tuple[int, str, str]


class Draining:
    """Whether the server is about to stop: no connection is kept after its next answer."""

    def __init__(self) -> None:
        self.begun = False


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        *args: Any,
        draining: Draining,
        web_sockets: Callable[[str], bool] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._draining = draining
        self._web_sockets = web_sockets
        self._upgrades = False
        self._in_head = False
        self._head_bytes = 0
        self._chunk = 0
        self._refusal: Refusal = _MALFORMED
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Give the first request its time."""
        super().connection_made(transport)
        self.transport = cast("asyncio.Transport", JoinedWrites(transport, self.loop))
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._disarm()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        """The client has said all it has to say, and the transport closes itself after this."""
        cast("JoinedWrites", self.transport).flush()

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is not complete is bounded in size and time."""
        self._chunk = len(data)
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += self._chunk
            if self._head_bytes > MAX_HEAD:
                self._refuse(_TOO_LARGE)
            elif self._head_timer is None:
                self._arm()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """The head is complete; an exception here makes the parser refuse the request."""
        self._in_head = False
        self._disarm()
        if self._head_bytes + self._chunk > MAX_HEAD:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > MAX_HEAD:
                self._refusal = _TOO_LARGE
                raise ValueError(_TOO_LARGE[1])
        hosts = 0
        for name, _ in self.headers:
            hosts += name == b"host"
        version = self.parser.get_http_version()
        if version not in {"1.1", "1.0"}:
            raise ValueError(version)
        if hosts > 1 or (not hosts and version == "1.1"):
            self._refusal = _NO_HOST
            raise ValueError(_NO_HOST[1])
        self._upgrades = self.parser.should_upgrade() and self._may_upgrade(hosts, version)
        super().on_headers_complete()
        if self._upgrades:
            return
        if self._draining.begun or self.parser.should_upgrade():
            # What follows a head that asks for another protocol need not be HTTP.
            self.cycle.keep_alive = False

    def handle_websocket_upgrade(self) -> None:
        """The other protocol writes for itself."""
        self.transport = cast("JoinedWrites", self.transport).inner
        super().handle_websocket_upgrade()

    def _may_upgrade(self, hosts: int, version: str) -> bool:
        """Whether this is the handshake of a WebSocket (RFC 6455 §4.1) on a path that has one.

        Any other request that asks for another protocol is answered as if it did not, as RFC 9110
        §7.8 lets us.
        """
        if self._web_sockets is None or self._get_upgrade() != b"websocket":
            return False
        named = [name for name, _ in self.headers if name in _HANDSHAKE or name in _BODY]
        path = self.url.partition(b"?")[0]
        return (
            self.parser.get_method() == b"GET"
            and version == "1.1"
            and hosts == 1
            and sorted(named) == _ONCE_EACH
            and dict(self.headers)[b"sec-websocket-version"] == b"13"
            and b"%" not in path
            and self._web_sockets(path.decode("latin-1"))
        )

    def _should_upgrade(self) -> bool:
        return self._upgrades

    def _unsupported_upgrade_warning(self) -> None:
        """Everybody may ask; it is no event for the log."""

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn for what the parser refuses."""
        del msg
        self._refuse(self._refusal)

    def _refuse(self, refusal: Refusal) -> None:
        if self.transport.is_closing():
            return
        cycle = self.cycle
        begun = cycle is not None and cycle.response_started and not cycle.response_complete
        # Nobody may take this for the answer to an earlier request that is on its way.
        if not begun and not self.pipeline:
            self.transport.write(_answer(*refusal))
        self.transport.close()

    def _arm(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _disarm(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        self._head_timer = None
        if self._in_head:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.close()


def _answer(status: int, code: str, detail: str) -> bytes:
    body = msgspec.json.encode(make_problem(status, code, detail, request_id=str(new_id())))
    head = (
        f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        "cache-control: no-store\r\nconnection: close\r\n\r\n"
    )
    return STATUS_LINE[status] + head.encode() + body
