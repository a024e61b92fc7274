"""What is large or has no end goes through piece by piece: nothing of it is kept."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from platform_auth.keys import private_pem
from platform_devstack.ports import choose
from platform_testkit.servers import ServerPark
from platform_testkit.waiting import eventually

from ..conftest import ISSUER, NOWHERE, KeysOnly, Service, ready

StartGateway = Callable[..., Awaitable[str]]
Gateway = tuple[str, Process]

MIB = 1024 * 1024
SIZE = 100 * MIB
PIECE = b"x" * (64 * 1024)
GROWTH = 24 * MIB
"""Buffers of sockets and what the allocator holds on to: a quarter of what goes through."""


@pytest.fixture
async def own_process(
    tmp_path: Path,
    internal_key: Any,
    redis_url: str,
    server_park: ServerPark,
    keys_only: KeysOnly,
    service: Service,
) -> AsyncIterator[Gateway]:
    """A gateway in a process of its own, so that its memory can be seen."""
    key_file = tmp_path / "internal.pem"
    key_file.write_bytes(private_pem(internal_key))
    port = choose({"gateway": None})["gateway"]
    given = {
        "HTTP_PORT": str(port),
        "INTERNAL_TOKEN_PRIVATE_KEY": str(key_file),
        "ISSUER": ISSUER,
        "REDIS_URL": redis_url,
        "AMQP_URL": server_park.amqp_url(),
        "LIMIT_WEBHOOK_BODY": str(2 * SIZE),
        "IDENTITY_URL": keys_only.url,
        "CHANNELS_URL": service.url,
        "CONTACTS_URL": service.url,
        "SESSIONS_URL": NOWHERE,
        "MESSAGING_URL": NOWHERE,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ventros_gateway",
        env={"PATH": os.environ["PATH"], **{f"VENTROS_{name}": given[name] for name in given}},
        stdout=DEVNULL, stderr=DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url) as http:

        async def up() -> bool:
            try:
                return (await http.get("/health/ready")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(up, timeout=40)
    yield url, process
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 20) == 0


def peak(process: Process) -> int:
    """The most memory that the process has had in RAM, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


async def test_an_upload_of_100_mb_is_not_kept(own_process: Gateway, service: Service) -> None:
    url, process = own_process
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
    own_process: Gateway, service: Service, keys_only: KeysOnly
) -> None:
    url, process = own_process

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
