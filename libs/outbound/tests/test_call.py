"""Calls to a real server: who is reached, and what of the answer is believed."""

import asyncio
import gzip
from ipaddress import ip_network

import pytest

from platform_outbound import AddressRefused, CallFailed, Outbound

from .servers import Names, saying, serving

HOME = (ip_network("127.0.0.1/32"),)
BOUND = 10_000


async def failed(outbound: Outbound, url: str) -> str:
    with pytest.raises(CallFailed) as raised:
        await outbound.call("GET", url, max_bytes=BOUND)
    await outbound.close()
    return raised.value.reason


async def test_an_answer_is_status_headers_and_body_whatever_the_status() -> None:
    async with serving(saying(b"no", "X-Why: because", status="404 Not Found")) as server:
        outbound = Outbound(allow=HOME)
        answer = await outbound.call("GET", server.url(), max_bytes=BOUND)
        await outbound.close()
    assert (answer.status, answer.headers["x-why"], answer.body) == (404, "because", b"no")


async def test_the_host_is_asked_for_once_and_named_to_the_server() -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with serving(saying(b"ok")) as server:
        outbound = Outbound(allow=HOME, resolver=names)
        answer = await outbound.call("GET", server.url("shop.example"), max_bytes=BOUND)
        assert (answer.body, names.asked) == (b"ok", ["shop.example"])
        assert f"host: shop.example:{server.port}".encode() in server.requests[0].lower()
        # What the name leads to by now is checked anew, and no connection is left to reuse.
        with pytest.raises(AddressRefused):
            await outbound.call("GET", server.url("shop.example"), max_bytes=BOUND)
        await outbound.close()
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["127.0.0.1", "::1"],
     ["127.0.0.1", "fe80::1%eth0"], ["::ffff:127.0.0.2"]],
)  # fmt: skip
async def test_one_inner_address_among_good_ones_refuses_the_host(answer: list[str]) -> None:
    async with serving(saying(b"ok")) as server:
        outbound = Outbound(allow=HOME, resolver=Names(answer))
        with pytest.raises(AddressRefused):
            await outbound.call("GET", server.url("shop.example"), max_bytes=BOUND)
        await outbound.close()
        assert server.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "127.1"])
async def test_nothing_inner_is_called_without_being_allowed(host: str) -> None:
    async with serving(saying(b"ok")) as server:
        outbound = Outbound()
        with pytest.raises(AddressRefused):
            await outbound.call("GET", server.url(host), max_bytes=BOUND)
        await outbound.close()
        assert server.requests == []


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with serving(saying(b"secret")) as inner:
        there = f"Location: {inner.url()}"
        async with serving(saying(b"", there, status="302 Found")) as outer:
            outbound = Outbound(allow=HOME)
            answer = await outbound.call("GET", outer.url(), max_bytes=BOUND)
            await outbound.close()
        assert (answer.status, answer.body, inner.requests) == (302, b"", [])


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(saying(b"proxy")) as proxy, serving(saying(b"direct")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        outbound = Outbound(allow=HOME)
        answer = await outbound.call("GET", server.url(), max_bytes=BOUND)
        await outbound.close()
    assert (answer.body, proxy.requests) == (b"direct", [])


async def test_cookies_are_not_kept() -> None:
    async with serving(saying(b"", "Set-Cookie: a=b; Path=/")) as server:
        outbound = Outbound(allow=HOME)
        for _ in range(2):
            await outbound.call("GET", server.url(), max_bytes=BOUND)
        await outbound.close()
        assert not any(b"cookie" in request.lower() for request in server.requests)


@pytest.mark.parametrize("length", [BOUND, BOUND + 1])
async def test_a_body_is_read_up_to_its_bound(length: int) -> None:
    async with serving(saying(b"x" * length)) as server:
        outbound = Outbound(allow=HOME)
        if length > BOUND:
            assert await failed(outbound, server.url()) == "too_large"
        else:
            answer = await outbound.call("GET", server.url(), max_bytes=BOUND)
            assert len(answer.body) == BOUND
        await outbound.close()


async def test_a_body_without_an_end_is_left() -> None:
    async def forever(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    async with serving(forever) as server:
        assert await failed(Outbound(allow=HOME), server.url()) == "too_large"


async def test_a_compressed_body_is_refused_before_it_grows() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    async with serving(saying(bomb, "Content-Encoding: gzip")) as server:
        assert await failed(Outbound(allow=HOME), server.url()) == "compressed"
        assert b"accept-encoding: identity" in server.requests[0].lower()


async def test_a_slow_body_is_given_up_in_all_not_piece_by_piece() -> None:
    async def dripping(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(dripping) as server:
        assert await failed(Outbound(allow=HOME, timeout=0.3), server.url()) == "timed_out"


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async def silent(_: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with serving(silent) as server:
        assert await failed(Outbound(allow=HOME, timeout=0.3), server.url()) == "timed_out"


@pytest.mark.parametrize("head", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nA" * 9000])
async def test_what_is_no_answer_is_a_failure(head: bytes) -> None:
    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()

    async with serving(respond) as server:
        assert await failed(Outbound(allow=HOME), server.url()) == "unreachable"
    assert await failed(Outbound(allow=HOME), server.url()) == "unreachable"


async def test_names_that_lead_nowhere_are_a_failure() -> None:
    assert await failed(Outbound(), "http://nowhere.invalid/") == "unreachable"


async def test_what_is_sent_arrives() -> None:
    async with serving(saying(b"{}")) as server:
        outbound = Outbound(allow=HOME)
        headers = {"Authorization": "Basic x", "Accept-Encoding": "gzip"}
        url = server.url(path="/token?a=1")
        await outbound.call("POST", url, headers=headers, body=b"a=b", max_bytes=BOUND)
        await outbound.close()
    head = server.requests[0].lower()
    assert head.startswith(b"post /token?a=1 http/1.1")
    assert b"authorization: basic x" in head
    assert b"accept-encoding: identity" in head
    assert b"gzip" not in head


async def test_a_failure_says_whether_anything_can_have_been_sent() -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serving(hang_up) as server:
        url = server.url()
        with pytest.raises(CallFailed) as begun:
            await Outbound(allow=HOME).call("GET", url, max_bytes=10)
        assert begun.value.connected
    with pytest.raises(CallFailed) as refused:
        await Outbound(allow=HOME).call("GET", url, max_bytes=10)
    assert not refused.value.connected
