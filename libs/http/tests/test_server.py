"""The server's own connections."""

import asyncio
import socket
from typing import Any

from platform_http.server import HttpServer


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
