"""uvicorn inside our own loop: we own the signals, the socket and the deadline."""

import asyncio
import contextlib
import functools
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn

from platform_http.protocol import BoundedProtocol, Draining

MAX_MESSAGE: Final = 1024 * 1024
"""Bytes of one message of a WebSocket, with all its pieces."""
STUCK_SECONDS: Final = 60.0
"""A peer that has taken nothing of what it is sent for so long is cut off."""
PING_SECONDS: Final = 20.0
"""A WebSocket that is silent is asked so often, and may take as long to answer."""


class ListenError(Exception):
    """The address cannot be listened on; the message names it."""


class HttpServer:
    """A supervised part that serves one ASGI application."""

    name = "http"

    def __init__(
        self,
        app: Any,
        *,
        host: str,
        port: int,
        drain_timeout: float,
        web_sockets: Callable[[str], bool] | None = None,
    ) -> None:
        """`web_sockets` says of a path whether it may be opened as one; by default none may."""
        self._host, self._port = host, port
        self._drain_timeout = drain_timeout
        self._draining = Draining()
        protocol: Any = functools.partial(
            BoundedProtocol, draining=self._draining, web_sockets=web_sockets
        )
        self._server = _Server(
            uvicorn.Config(
                app,
                loop="none",
                http=protocol,
                # A connection that says nothing takes 18 KiB, with `websockets` 26. With
                # `wsproto` it would be 17, for one dependency more.
                ws="none" if web_sockets is None else "websockets-sansio",
                ws_max_size=MAX_MESSAGE,
                ws_ping_interval=PING_SECONDS,
                ws_ping_timeout=PING_SECONDS,
                # A window for each connection, and a side channel for what is secret.
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                log_level=logging.WARNING,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=int(drain_timeout),
            )
        )
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port listened on, also when 0 was asked for."""
        if self._socket is None:
            return self._port
        return int(self._socket.getsockname()[1])

    @property
    def ready(self) -> bool:
        """Whether requests are answered."""
        return self._server.started and self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Bind first, so that a taken port is an error at start, then serve.

        Raises:
            ListenError: the address is taken or not ours.
        """
        self._socket = _bind(self._host, self._port)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="http")
        while not self._server.started:
            if self._task.done():
                await self._task
                raise ListenError("the HTTP server stopped while it started")
            await asyncio.sleep(0.005)

    def drain(self) -> None:
        """Go on, and ask every client for another connection with its next request."""
        self._draining.begun = True

    async def stop(self) -> None:
        """Accept nothing more, finish what runs, within the drain timeout."""
        if self._task is None:
            return
        self._server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process runner handles signals."""
        yield


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, where asyncio looks before it switches Nagle's algorithm off: else
    # the second piece of an answer waits 40 ms until the first is acknowledged. uvloop does not
    # look.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Taken over by its connections. To close one with bytes unsent is to wait for its peer, and one
    # that is there and takes nothing would be waited for as long as it likes.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * STUCK_SECONDS))
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ListenError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener
