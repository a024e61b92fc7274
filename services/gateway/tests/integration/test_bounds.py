"""Bounds: how large, how slow, and how often a service may fail before it is left alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from platform_http.server import HttpServer
from platform_testkit.waiting import eventually
from ventros_gateway.circuits import FAILURES

from ..conftest import KeysOnly, Service, ready, serve

StartGateway = Callable[..., Awaitable[str]]

MIB = 1024 * 1024


async def raw(url: str, request: bytes, *, within: float = 20) -> bytes:
    """Send bytes as they are; what came back until the gateway hung up."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), within)
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("path", "size"),
    [("/v1/contacts", MIB), ("/webhooks/1", 8 * MIB), ("/v1/auth/sign-in", 65_536)],
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_has_the_size_of_its_kind_of_route(
    http: httpx.AsyncClient, keys_only: KeysOnly, service: Service, path: str, size: int,
    chunked: bool,
) -> None:  # fmt: skip
    async def pieces(total: int) -> Any:
        for start in range(0, total, 60_000):
            yield b"x" * min(60_000, total - start)

    def content(total: int) -> Any:
        return pieces(total) if chunked else b"x" * total

    good = await http.post(path, content=content(size), headers=keys_only.bearer())
    assert good.status_code == 200
    over = await http.post(path, content=content(size + 1), headers=keys_only.bearer())
    assert (over.status_code, over.json()["code"]) == (413, "body_too_large")
    assert all(len(body) <= size for body in service.bodies)


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(
    gateway: str, http: httpx.AsyncClient, service: Service
) -> None:
    answer = await raw(
        gateway, b"POST /webhooks/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    )
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert service.seen == []


@pytest.mark.parametrize("begun", [b"", b"abc"])
async def test_a_body_that_does_not_come_is_answered_408(
    gateway: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr("ventros_gateway.bodies.GRACE_SECONDS", 0.2)
    head = b"POST /webhooks/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
    answer = await raw(gateway, head + begun)
    assert b" 408 " in answer.split(b"\r\n")[0]
    assert b"request_timeout" in answer


async def test_a_body_that_drips_is_answered_408_however_steadily(
    gateway: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ventros_gateway.bodies.GRACE_SECONDS", 0.5)
    host, port = gateway.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /webhooks/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")

    async def drip() -> None:
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    # The line alone: whoever sends into a closed connection may lose what comes after it.
    status = await asyncio.wait_for(reader.readline(), 20)
    dripping.cancel()
    writer.close()
    assert b" 408 " in status


async def test_a_service_that_is_away_is_left_alone_and_found_again(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service
) -> None:
    asked = 0
    broken = True

    async def hang(scope: Any, receive: Any, send: Any) -> None:
        nonlocal asked
        asked += 1
        if broken:
            await asyncio.sleep(3600)
        await service.reply(send, {})

    slow = Service()
    slow.answer = hang
    server, slow.url = await serve(slow)
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=slow.url, sessions_url=service.url,
        upstream_timeout=0.2,
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        await ready(http)
        ana = keys_only.bearer()
        answers = [await http.get("/v1/contacts", headers=ana) for _ in range(FAILURES)]
        assert {answer.status_code for answer in answers} == {504}
        refused = await http.get("/v1/contacts", headers=ana)
        assert (refused.status_code, refused.json()["code"]) == (503, "upstream_unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        assert asked == FAILURES
        assert (await http.get("/v1/sessions", headers=ana)).status_code == 200
        broken = False

        async def back() -> bool:
            return (await http.get("/v1/contacts", headers=ana)).status_code == 200

        await eventually(back)
        assert (await http.get("/v1/contacts", headers=ana)).status_code == 200
    await server.stop()


async def test_a_service_that_starts_anew_is_asked_again_for_a_read_and_not_for_a_write(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service
) -> None:
    """The kept connection is closed under the request: nobody knows whether it was handled."""
    connections = 0
    requests: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        requests.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[0])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        # Kept alive, and closed without an answer when the next request comes.
        requests.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[0])
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = await start_gateway(identity_url=keys_only.url, contacts_url=f"http://127.0.0.1:{port}")
    async with server, httpx.AsyncClient(base_url=url, timeout=20) as http:
        await ready(http)
        ana = keys_only.bearer()
        read = [await http.get("/v1/contacts", headers=ana) for _ in range(2)]
        assert [answer.status_code for answer in read] == [200, 200]
        assert requests == [b"GET"] * 3
        deleted = await http.delete("/v1/contacts/1", headers=ana)
        assert (deleted.status_code, deleted.json()["code"]) == (502, "upstream_failed")
        assert requests == [b"GET"] * 3 + [b"DELETE"]


async def test_a_read_survives_a_moment_without_the_service(
    start_gateway: StartGateway,
    keys_only: KeysOnly,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, address = await serve(service)
    await server.stop()
    port = int(address.rsplit(":", 1)[1])
    url = await start_gateway(identity_url=keys_only.url, contacts_url=address)
    again: list[HttpServer] = []

    async def started_meanwhile(_: float) -> None:
        again.append(HttpServer(service, host="127.0.0.1", port=port, drain_timeout=5))
        await again[-1].start()

    monkeypatch.setattr("ventros_gateway.forwarding.pause", started_meanwhile)
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        await ready(http)
        written = await http.delete("/v1/contacts/1", headers=keys_only.bearer())
        assert written.status_code == 503
        assert again == []
        assert (await http.get("/v1/contacts", headers=keys_only.bearer())).status_code == 200
    [server] = again
    await server.stop()
