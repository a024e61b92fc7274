"""The server's own connections."""

import asyncio
import socket
from typing import Any

import pytest

from platform_http import server as module
from platform_http.server import HttpServer
from platform_testkit.waiting import eventually


async def test_no_piece_of_an_answer_waits_for_the_one_before(monkeypatch: Any) -> None:
    """On asyncio's own loop, too: uvloop switches Nagle's algorithm off by itself."""
    seen: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    made = asyncio.selector_events._SelectorSocketTransport.__init__  # type: ignore[attr-defined]

    def watched(self: Any, loop: Any, sock: socket.socket, *rest: Any, **named: Any) -> None:
        made(self, loop, sock, *rest, **named)
        if sock.getsockname()[1] == server.port:
            seen.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr("asyncio.selector_events._SelectorSocketTransport.__init__", watched)
    server = HttpServer(app, host="127.0.0.1", port=0, drain_timeout=2)
    await server.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 204")
        writer.close()
    finally:
        await server.stop()
    assert seen == [1]


@pytest.mark.parametrize("cut", [True, False])
async def test_a_client_that_takes_nothing_is_not_waited_for(
    cut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection goes, with what is kept for it, long after the answer was given up."""
    monkeypatch.setattr(module, "STUCK_SECONDS", 0.5 if cut else 60.0)
    given_up = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        # More than the kernel keeps for both ends of a connection.
        await send({"type": "http.response.body", "body": bytes(32_000_000), "more_body": True})
        given_up.set()

    server = HttpServer(app, host="127.0.0.1", port=0, drain_timeout=1)
    await server.start()
    client = socket.create_connection(("127.0.0.1", server.port))
    try:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.wait_for(given_up.wait(), 5)
        connections = server._server.server_state.connections
        if cut:
            await eventually(lambda: not connections)
        else:
            # Else the test would show nothing: this is what it is for.
            with pytest.raises(AssertionError):
                await eventually(lambda: not connections, timeout=1)
    finally:
        client.close()
        await server.stop()
