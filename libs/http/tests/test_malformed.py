"""What is no request, or could be read as two, and heads that are too large or too slow."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platform_http.server import HttpServer

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


class Told:
    """An application that remembers which requests it was handed."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.port = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.paths.append(scope["path"])
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-length", b"2")]})  # fmt: skip
        await send({"type": "http.response.body", "body": b"ok"})

    async def send(self, request: bytes, *, within: float = 10) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), within)
        writer.close()
        return answer


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    told = Told()
    server = HttpServer(told, host="127.0.0.1", port=0, drain_timeout=2)
    await server.start()
    told.port = server.port
    yield told
    await server.stop()


def post(*lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST /a HTTP/1.1", b"Host: x", *lines, b"", body])


SHAPES = {
    "both lengths": post(b"Content-Length: 5", b"Transfer-Encoding: chunked",
                         body=b"0\r\n\r\n" + SMUGGLED),
    "both lengths, other order": post(b"Transfer-Encoding: chunked", b"Content-Length: 5",
                                      body=b"0\r\n\r\n" + SMUGGLED),
    "two lengths": post(b"Content-Length: 0", b"Content-Length: 36", body=SMUGGLED),
    "list of lengths": post(b"Content-Length: 0, 36", body=SMUGGLED),
    "signed length": post(b"Content-Length: +0", body=SMUGGLED),
    "length with text": post(b"Content-Length: 0x0", body=SMUGGLED),
    "negative length": post(b"Content-Length: -1", body=SMUGGLED),
    "length too long": post(b"Content-Length: " + b"9" * 40, body=SMUGGLED),
    "unknown coding": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + SMUGGLED),
    "coding twice": post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + SMUGGLED),
    "space before the colon": post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n" + SMUGGLED),
    "folded coding": post(b"Transfer-Encoding:", b" chunked", b"Content-Length: 3",
                          body=b"0\r\n\r\n" + SMUGGLED),
    "bare line feed": b"POST /a HTTP/1.1\nHost: x\nContent-Length: 0\n\n" + SMUGGLED,
    "bare carriage return": post(b"A: b\rTransfer-Encoding: chunked", body=SMUGGLED),
    "zero byte": post(b"A: \x00b", body=SMUGGLED),
    "chunk size with sign": post(b"Transfer-Encoding: chunked", body=b"+0\r\n\r\n" + SMUGGLED),
    "chunk without its end": post(b"Transfer-Encoding: chunked",
                                  body=b"1\r\nZZ0\r\n\r\n" + SMUGGLED),
    "no host": b"GET /a HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "no version": b"GET /a\r\nHost: x\r\n\r\n",
    "version 9": b"GET /a HTTP/9.9\r\nHost: x\r\n\r\n",
    "unknown method": b"NONSENSE /a HTTP/1.1\r\nHost: x\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "not ascii": "GET /é HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "connect": b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("shape", list(SHAPES))
async def test_what_could_be_read_in_two_ways_is_refused(shape: str, told: Told) -> None:
    answer = await told.send(SHAPES[shape])
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:100]
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"application/problem+json" in answer
    assert "/smuggled" not in told.paths


async def test_a_good_request_passes_these_tests_own_way(told: Told) -> None:
    answer = await told.send(post(b"Content-Length: 2", body=b"hi"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    old = await told.send(b"GET /old HTTP/1.0\r\n\r\n")
    assert old.startswith(b"HTTP/1.1 200 ")
    assert told.paths == ["/a", "/old"]


@pytest.mark.parametrize(
    "head",
    [
        b"GET /a HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 4_000_000,
    ],
    ids=["one header", "many headers", "path", "endless"],
)
async def test_a_head_that_is_too_large_is_refused(head: bytes, told: Told) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", told.port)
    writer.write(head)
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert line.startswith(b"HTTP/1.1 431 "), line
    assert told.paths == []


async def test_a_small_head_before_a_large_body_in_one_piece_is_no_large_head(told: Told) -> None:
    body = b"x" * 200_000
    answer = await told.send(post(b"Content-Length: 200000", body=body))
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("begun", [b"", b"GET /a HT", b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n"])
async def test_a_head_that_does_not_come_is_not_waited_for(
    begun: bytes, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform_http.protocol.HEAD_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", told.port)
    writer.write(begun)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408 " if begun else b"")
    assert told.paths == []


async def test_a_connection_that_rests_between_requests_is_kept(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform_http.protocol.HEAD_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", told.port)
    for _ in range(2):
        writer.write(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"ok"), 10)
        assert answer.startswith(b"HTTP/1.1 200 ")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.3)
    writer.close()


PIECES = [
    b"GET", b"POST", b" ", b"/", b"/a", b"//", b"/../", b"/%2e%2e", b"*", b"http://x/a",
    b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b"Host: x\r\n",
    b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n", b"Upgrade: websocket\r\nConnection: upgrade\r\n",
    b"Expect: 100-continue\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"abc", b":", b" : ", b"A: b\r\n",
]  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=14), good=st.booleans())
async def test_no_sequence_of_bytes_is_answered_500_or_breaks_the_server(
    told: Told, pieces: list[bytes], good: bool
) -> None:
    start = b"POST /a HTTP/1.1\r\nHost: x\r\n" if good else b""
    answer = await told.send(start + b"".join(pieces) + b"\r\n\r\n")
    for part in answer.split(b"HTTP/1.1 ")[1:]:
        assert part[:3] in {b"200", b"400", b"100"}, answer
    assert (await told.send(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
