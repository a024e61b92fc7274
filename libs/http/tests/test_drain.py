"""SIGTERM under load, behind a balancer that looks at readiness: no request fails."""

import asyncio
import os
import signal
from typing import Any

from platform_http.health import Health
from platform_http.process import Process, supervise
from platform_http.server import HttpServer
from platform_testkit.waiting import eventually

CLIENTS = 24


class Slow:
    """Answers after a moment, and tells whether it is ready."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self.under_way = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/health/ready":
            status = 200 if (await self._health.report()).status == "ready" else 503
        else:
            self.under_way += 1
            await asyncio.sleep(0.02)
            self.under_way -= 1
            status = 200
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})


class Balancer:
    """Sends requests over kept connections for as long as it believes the server to be ready."""

    def __init__(self, port: int, looks_every: float) -> None:
        self._port = port
        self._looks_every = looks_every
        self.ready = True
        self.answered = 0
        self.failed: list[str] = []

    async def look(self) -> None:
        while self.ready:
            answer = await self._ask(*await self._connect(), "/health/ready")
            self.ready = answer.startswith(b"HTTP/1.1 200")
            await asyncio.sleep(self._looks_every)

    async def send(self) -> None:
        while self.ready:
            try:
                reader, writer = await self._connect()
                kept = True
                while kept and self.ready:
                    answer = await self._ask(reader, writer, "/")
                    assert answer.startswith(b"HTTP/1.1 200"), answer
                    self.answered += 1
                    kept = b"connection: close" not in answer
                writer.close()
            except (OSError, asyncio.IncompleteReadError, AssertionError) as error:
                self.failed.append(repr(error))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
    ) -> bytes:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        return head + await reader.readexactly(2)


async def drained(drain_delay: float, looks_every: float) -> Balancer:
    health = Health()
    app = Slow(health)
    http = HttpServer(app, host="127.0.0.1", port=0, drain_timeout=5)
    running = asyncio.create_task(
        supervise(Process(app, health), http, watchdog_seconds=60, drain_delay=drain_delay)
    )
    await eventually(lambda: http.ready)
    balancer = Balancer(http.port, looks_every)
    clients = [asyncio.create_task(balancer.send()) for _ in range(CLIENTS)]
    looking = asyncio.create_task(balancer.look())
    await eventually(lambda: balancer.answered > 10 * CLIENTS and app.under_way > 0)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, 20) == 0
    balancer.ready = False
    await asyncio.wait_for(asyncio.gather(*clients, looking, return_exceptions=True), 10)
    assert app.under_way == 0
    return balancer


async def test_no_request_fails_while_a_process_is_stopped_under_load() -> None:
    balancer = await drained(drain_delay=1.0, looks_every=0.05)
    assert balancer.failed == []


async def test_when_it_stops_before_the_balancer_looks_requests_do_fail() -> None:
    """The planted violation: it shows that the test above can fail."""
    balancer = await drained(drain_delay=0.0, looks_every=1.0)
    assert balancer.failed


async def test_while_it_drains_every_answer_asks_for_another_connection() -> None:
    health = Health()
    http = HttpServer(Slow(health), host="127.0.0.1", port=0, drain_timeout=5)
    await http.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", http.port)
    for expected in (False, True):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(2)
        assert (b"connection: close" in head) == expected
        http.drain()
    assert await reader.read() == b""
    writer.close()
    await http.stop()
