"""Connections that serve more than one call: only to addresses that were checked when they were
made, and not for long."""

import asyncio
from ipaddress import ip_network

import pytest

from platform_outbound import AddressRefused, CallFailed, Outbound
from platform_testkit.waiting import eventually

from .servers import Names, saying, serving

HOME = (ip_network("127.0.0.1/32"),)
BOUND = 10_000
LONG = 3600.0


async def get(outbound: Outbound, url: str) -> bytes:
    answer = await outbound.call("GET", url, max_bytes=BOUND)
    return answer.body


async def test_calls_of_one_host_share_a_connection_where_that_is_wanted() -> None:
    async with serving(saying(b"ok"), kept=True) as server:
        names = Names(["127.0.0.1"])
        keeping, plain = Outbound(allow=HOME, resolver=names, keep=LONG), Outbound(allow=HOME)
        for _ in range(3):
            assert await get(keeping, server.url("shop.example")) == b"ok"
        assert (server.connections, names.asked) == (1, ["shop.example"])
        for _ in range(2):
            await get(plain, server.url())
        assert server.connections == 3
        await keeping.close()
        await plain.close()


async def test_another_host_at_the_same_address_has_connections_of_its_own() -> None:
    async with serving(saying(b"ok"), kept=True) as server:
        outbound = Outbound(allow=HOME, resolver=Names(["127.0.0.1"]), keep=LONG)
        await get(outbound, server.url("shop.example"))
        await get(outbound, server.url("other.example"))
        assert server.connections == 2
        await outbound.close()


async def test_a_name_that_leads_elsewhere_by_now_is_never_followed_unchecked() -> None:
    async with (
        serving(saying(b"ok"), kept=True) as server,
        serving(saying(b"secret"), host="127.0.0.2", kept=True) as inner,
    ):
        names = Names(["127.0.0.1"], ["127.0.0.2"])
        outbound = Outbound(allow=HOME, resolver=names, keep=LONG)
        url = server.url("shop.example")
        # The connection leads where it led when it was checked, whatever the name says now.
        assert [await get(outbound, url) for _ in range(2)] == [b"ok", b"ok"]
        assert (server.connections, names.asked) == (1, ["shop.example"])
        await outbound.close()
        for _ in range(2):
            with pytest.raises(AddressRefused):
                await get(outbound, url)
        assert (server.connections, inner.connections) == (1, 0)
        await outbound.close()


async def test_what_nobody_asks_for_is_closed_and_the_name_is_checked_anew() -> None:
    async with serving(saying(b"ok"), kept=True) as server:
        outbound = Outbound(allow=HOME, resolver=Names(["127.0.0.1"], ["10.0.0.1"]), keep=0.01)
        await get(outbound, server.url("shop.example"))
        await eventually(lambda: server.open == 0)
        with pytest.raises(AddressRefused):
            await get(outbound, server.url("shop.example"))
        assert server.connections == 1
        await outbound.close()


async def test_a_redirect_on_a_kept_connection_is_not_followed() -> None:
    async with serving(saying(b"secret"), host="127.0.0.2", kept=True) as inner:
        there = f"Location: {inner.url('127.0.0.2')}"
        async with serving(saying(b"", there, status="302 Found"), kept=True) as outer:
            outbound = Outbound(allow=HOME, keep=LONG)
            for _ in range(2):
                answer = await outbound.call("GET", outer.url(), max_bytes=BOUND)
                assert answer.status == 302
            assert (outer.connections, inner.connections) == (1, 0)
            await outbound.close()


async def test_what_must_not_be_done_twice_is_not_repeated_when_a_kept_connection_breaks() -> None:
    answered = False

    async def once(writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        if answered:
            writer.close()
            return
        answered = True
        await saying(b"ok")(writer)

    async with serving(once, kept=True) as server:
        outbound = Outbound(allow=HOME, keep=LONG)
        await outbound.call("POST", server.url(), max_bytes=BOUND)
        with pytest.raises(CallFailed) as raised:
            await outbound.call("POST", server.url(), max_bytes=BOUND)
        assert raised.value.connected
        assert (len(server.requests), server.connections) == (2, 1)
        await outbound.close()


async def test_what_is_left_of_an_answer_that_was_too_large_meets_no_later_call() -> None:
    async with serving(saying(b"x" * 200_000), kept=True) as server:
        outbound = Outbound(allow=HOME, keep=LONG)
        for _ in range(2):
            with pytest.raises(CallFailed):
                await outbound.call("GET", server.url(), max_bytes=BOUND)
        assert server.connections == 2
        await outbound.close()
