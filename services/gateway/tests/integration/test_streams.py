"""What is large or has no end goes through piece by piece: nothing of it is kept."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from platform_testkit.servers import ServerPark

from ..conftest import KeysOnly, Service, ready
from .own_process import Gateway, own_process

StartGateway = Callable[..., Awaitable[str]]

MIB = 1024 * 1024
SIZE = 100 * MIB
PIECE = b"x" * (64 * 1024)
GROWTH = 24 * MIB
"""Buffers of sockets and what the allocator holds on to: a quarter of what goes through."""


@pytest.fixture
async def own(
    tmp_path: Path,
    internal_key: Any,
    redis_url: str,
    server_park: ServerPark,
    keys_only: KeysOnly,
    service: Service,
) -> AsyncIterator[Gateway]:
    """A gateway whose memory can be seen."""
    async with own_process(
        tmp_path,
        internal_key,
        redis_url=redis_url,
        amqp_url=server_park.amqp_url(),
        limit_webhook_body=str(2 * SIZE),
        identity_url=keys_only.url,
        channels_url=service.url,
        contacts_url=service.url,
    ) as gateway:
        yield gateway


def peak(process: Process) -> int:
    """The most memory that the process has had in RAM, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


async def test_an_upload_of_100_mb_is_not_kept(own: Gateway, service: Service) -> None:
    url, process = own
    received = 0

    async def take(_: Any, receive: Any, send: Any) -> None:
        nonlocal received
        more = True
        while more:
            message = await receive()
            received += len(message.get("body", b""))
            more = message.get("more_body", False)
        await service.reply(send, {})

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(SIZE // len(PIECE)):
            yield PIECE

    service.answer = take
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        assert (await http.post("/webhooks/1", content=PIECE)).status_code == 200
        before, received = peak(process), 0
        assert (await http.post("/webhooks/1", content=pieces())).status_code == 200
    assert received == SIZE
    assert peak(process) - before < GROWTH


async def test_a_download_of_100_mb_is_not_kept_however_slowly_it_is_taken(
    own: Gateway, service: Service, keys_only: KeysOnly
) -> None:
    url, process = own

    async def give(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(SIZE // len(PIECE)):
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    service.answer = give
    headers = keys_only.bearer()
    received = 0
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        assert (await http.get("/v1/nothing")).status_code == 404
        before = peak(process)
        async with http.stream("GET", "/v1/contacts", headers=headers) as answer:
            async for piece in answer.aiter_raw():
                received += len(piece)
                if received < MIB:
                    # The service is ahead of us from the start: what it has sent must wait there.
                    await asyncio.sleep(0.01)
    assert received == SIZE
    assert peak(process) - before < GROWTH


async def test_a_stream_of_events_may_be_silent_for_longer_than_an_answer_may_take(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service
) -> None:
    taken = asyncio.Event()

    async def events(_: Any, __: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await asyncio.wait_for(taken.wait(), 5)
        await asyncio.sleep(0.6)
        await send({"type": "http.response.body", "body": b"data: 2\n\n", "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    service.answer = events
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, upstream_timeout=0.2
    )
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        await ready(http)
        told = []
        async with http.stream("GET", "/v1/contacts", headers=keys_only.bearer()) as answer:
            async for line in answer.aiter_lines():
                told.append(line)
                taken.set()
    assert told == ["data: 1", "", "data: 2", ""]
