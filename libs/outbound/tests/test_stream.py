"""Bodies that are read as they come: held to what calls are held to, and to one time in all."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from platform_outbound import AddressRefused, CallFailed, Outbound

from .servers import Names, saying, serving

HOME = (ip_network("127.0.0.1/32"),)


async def read(outbound: Outbound, url: str, *, timeout: float = 5.0) -> tuple[int, bytes]:
    try:
        async with outbound.stream("GET", url, timeout=timeout) as answer:
            return answer.status, b"".join([chunk async for chunk in answer.chunks])
    finally:
        await outbound.close()


async def failed(outbound: Outbound, url: str, *, timeout: float = 5.0) -> str:
    with pytest.raises(CallFailed) as raised:
        await read(outbound, url, timeout=timeout)
    return raised.value.reason


async def test_a_body_comes_whole_whatever_its_size_and_status() -> None:
    body = bytes(range(256)) * 4000
    async with serving(saying(body, status="404 Not Found")) as server:
        assert await read(Outbound(allow=HOME), server.url()) == (404, body)


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    moved = saying(b"", "Location: http://127.0.0.1:1/", status="302 Found")
    async with serving(moved) as server:
        assert await read(Outbound(allow=HOME), server.url()) == (302, b"")
        assert len(server.requests) == 1


async def test_an_inner_address_is_refused_before_anything_is_sent() -> None:
    async with serving(saying(b"ok")) as server:
        inner = Outbound(allow=(), resolver=Names(["127.0.0.1"]))
        with pytest.raises(AddressRefused):
            await read(inner, server.url("shop.example"))
        with pytest.raises(AddressRefused):
            await read(Outbound(allow=()), server.url())
        assert server.requests == []


async def test_a_compressed_body_is_refused_before_it_grows() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    async with serving(saying(bomb, "Content-Encoding: gzip")) as server:
        assert await failed(Outbound(allow=HOME), server.url()) == "compressed"


async def test_a_body_that_ends_before_its_time_is_a_failure() -> None:
    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nhalf")
        await writer.drain()

    async with serving(half) as server:
        assert await failed(Outbound(allow=HOME), server.url()) == "unreachable"


async def test_a_slow_body_is_given_up_in_all_not_piece_by_piece() -> None:
    async def dripping(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(dripping) as server:
        assert await failed(Outbound(allow=HOME), server.url(), timeout=0.3) == "timed_out"


class Broken(Exception):
    """What a body may raise."""


async def test_a_body_goes_out_piece_by_piece_and_what_it_raises_is_raised() -> None:
    whole: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            whole.append(await reader.readexactly(3 * 65_536))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"a" * 65_536
        if count < 3:
            raise Broken

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    outbound = Outbound(allow=HOME)
    length = {"Content-Length": str(3 * 65_536)}
    try:
        async with outbound.stream(
            "POST", url, headers=length, body=pieces(3), timeout=5.0
        ) as answer:
            assert b"".join([chunk async for chunk in answer.chunks]) == b"ok"
        assert whole == [b"a" * 3 * 65_536]
        with pytest.raises(Broken):
            async with outbound.stream("POST", url, headers=length, body=pieces(2), timeout=5.0):
                pass
    finally:
        await outbound.close()
        server.close()
