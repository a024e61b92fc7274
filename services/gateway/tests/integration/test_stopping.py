"""A gateway that stops while streams are open: all of them end as streams do, the process ends, and
whoever listened goes on elsewhere with the last id that came.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from ventros_gateway.live import ring

from ..conftest import KeysOnly, ready
from .listening import STREAM, listening, made, teller
from .own_process import Gateway, own_process
from .test_web_sockets import closed, opened, received

StartGateway = Callable[..., Awaitable[str]]
DRAIN_SECONDS = 3
"""What the process is told to give to what runs."""


@pytest.fixture
async def stopping(
    tmp_path: Path, internal_key: Any, redis_url: str, amqp_vhost: str, keys_only: KeysOnly
) -> AsyncIterator[Gateway]:
    async with own_process(
        tmp_path,
        internal_key,
        redis_url=redis_url,
        amqp_url=amqp_vhost,
        identity_url=keys_only.url,
        http_drain_timeout=str(DRAIN_SECONDS),
    ) as gateway:
        yield gateway


@pytest.fixture
def place() -> tuple[str, str]:
    return str(uuid4()), str(uuid4())


@pytest.fixture
def mine(keys_only: KeysOnly, place: tuple[str, str]) -> dict[str, str]:
    return keys_only.bearer(tid=place[0], pid=place[1])


async def takes_nothing(url: str, headers: dict[str, str], path: str) -> asyncio.StreamWriter:
    """A client who opened a stream and reads no further than its beginning."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    upgrade = {
        "Host": "x", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    sent = headers | (upgrade if path == "/v1/ws" else {"Host": "x"})
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    async with asyncio.timeout(10):
        await reader.readuntil(b"\r\n\r\n")
    return writer


async def test_streams_end_as_they_should_and_the_process_ends(
    stopping: Gateway, mine: dict[str, str], place: tuple[str, str], amqp_vhost: str
) -> None:
    url, process = stopping
    async with (
        httpx.AsyncClient(base_url=url, timeout=20) as http,
        contextlib.AsyncExitStack() as stack,
        teller(amqp_vhost) as say,
    ):
        streams = [await stack.enter_async_context(listening(http, mine)) for _ in range(5)]
        sockets = [await stack.enter_async_context(opened(url, mine)) for _ in range(5)]
        told = await say.tell(made(*place))
        for stream in streams:
            assert await stream.events(1) == told
        for socket in sockets:
            assert (await received(socket))["event"]["id"] == told[0]
        process.terminate()
        for stream in streams:
            # A connection that broke would raise: this is the end of an answer.
            await stream.end()
        for socket in sockets:
            assert await closed(socket) == (1012, "come again")
        assert await asyncio.wait_for(process.wait(), DRAIN_SECONDS) == 0


async def test_clients_who_take_nothing_do_not_keep_the_process(
    stopping: Gateway, mine: dict[str, str], place: tuple[str, str], amqp_vhost: str
) -> None:
    url, process = stopping
    async with httpx.AsyncClient(base_url=url, timeout=20) as http, teller(amqp_vhost) as say:
        stuck = [await takes_nothing(url, mine, path) for path in (STREAM, "/v1/ws")]
        async with listening(http, mine) as stream:
            # More than the kernel keeps for a socket, and the gateway for a listener.
            for _ in range(20):
                told = await say.tell(*(made(*place, padding=20_000) for _ in range(25)))
                assert await stream.events(25) == told
            process.terminate()
            await stream.end()
        # What runs has its time, those who have to be cut off as much again.
        assert await asyncio.wait_for(process.wait(), 3 * DRAIN_SECONDS) == 0
        for writer in stuck:
            writer.close()


async def test_whoever_listened_goes_on_at_another_gateway(
    stopping: Gateway,
    start_gateway: StartGateway,
    keys_only: KeysOnly,
    mine: dict[str, str],
    place: tuple[str, str],
    amqp_vhost: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The other one has been up for longer than what it tells again goes back.
    monkeypatch.setattr(ring, "OVERLAP_SECONDS", 0.0)
    url, process = stopping
    other_url = await start_gateway(identity_url=keys_only.url, amqp_url=amqp_vhost)
    async with (
        httpx.AsyncClient(base_url=url, timeout=20) as http,
        httpx.AsyncClient(base_url=other_url, timeout=20) as other,
        teller(amqp_vhost) as say,
    ):
        await ready(other)
        async with listening(other, mine) as somebody_else:
            async with listening(http, mine) as stream:
                before = await say.tell(*(made(*place) for _ in range(3)))
                heard = [await stream.next() for _ in before]
                assert [one.event for one in heard] == before
                process.terminate()
                await stream.end()
            meanwhile = await say.tell(*(made(*place) for _ in range(3)))
            # The other one has heard them, before anybody asks for them.
            assert (await somebody_else.events(6))[3:] == meanwhile
            async with listening(other, mine, last=heard[-1].id) as stream:
                after = await say.tell(made(*place))
                found: list[str] = []
                while not set(after) <= set(found):
                    found.append((await stream.next()).event)
        assert await asyncio.wait_for(process.wait(), DRAIN_SECONDS) == 0
    # Some may come a second time, as decision 0015 says; none is missing, and their order is kept.
    assert found[-4:] == [*meanwhile, *after]
    assert set(found[:-4]) <= set(before)
