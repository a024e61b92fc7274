"""Bodies, answers, and what becomes of a service that fails."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from ..conftest import KeysOnly, Service, ready

StartGateway = Callable[..., Awaitable[str]]


async def test_a_webhook_arrives_as_it_was_sent(http: httpx.AsyncClient, service: Service) -> None:
    body = b'{ "a" :\t1,\r\n"caf\xc3\xa9": "\\u00e9"}\x00\xff' + os.urandom(2000)
    answer = await http.post(
        "/webhooks/0190a8a0?b=2&a=%31&a=+x%20&empty=",
        content=body,
        headers={"X-Webhook-Hmac": "AbC", "Content-Type": "application/json"},
    )
    assert answer.status_code == 200
    assert service.bodies == [body]
    assert service.seen[0]["query"] == "b=2&a=%31&a=+x%20&empty="
    assert service.header("x-webhook-hmac") == ["AbC"]
    assert service.header("content-length") == [str(len(body))]
    assert service.header("authorization") == []


@pytest.mark.parametrize("size", [0, 1, 70_000, 5_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_bodies_of_any_size_go_through(
    http: httpx.AsyncClient, service: Service, size: int, chunked: bool
) -> None:
    body = os.urandom(size)

    async def pieces() -> Any:
        for start in range(0, size, 30_000):
            yield body[start : start + 30_000]

    answer = await http.post("/webhooks/1", content=pieces() if chunked else body)
    assert answer.status_code == 200
    assert service.bodies == [body]


async def test_a_body_streams_before_it_is_complete(
    http: httpx.AsyncClient, service: Service
) -> None:
    arrived = asyncio.Event()

    async def take(_: Any, receive: Any, send: Any) -> None:
        while (message := await receive()).get("more_body"):
            if message.get("body"):
                arrived.set()
        await service.reply(send, {})

    async def pieces() -> Any:
        yield b"first"
        await asyncio.wait_for(arrived.wait(), 5)
        yield b"second"

    service.answer = take
    assert (await http.post("/webhooks/1", content=pieces())).status_code == 200


async def test_an_answer_streams_before_it_is_complete(
    http: httpx.AsyncClient, service: Service, keys_only: KeysOnly
) -> None:
    received = asyncio.Event()

    async def stream(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.wait_for(received.wait(), 5)
        await send({"type": "http.response.body", "body": b"second"})

    service.answer = stream
    async with http.stream("GET", "/v1/contacts", headers=keys_only.bearer()) as answer:
        pieces = []
        async for piece in answer.aiter_bytes():
            pieces.append(piece)
            received.set()
    assert b"".join(pieces) == b"firstsecond"


async def test_a_large_answer_arrives_whole(
    http: httpx.AsyncClient, service: Service, keys_only: KeysOnly
) -> None:
    body = os.urandom(3_000_000)

    async def large(_: Any, __: Any, send: Any) -> None:
        headers = [(b"content-length", str(len(body)).encode()), (b"x-two", b"1"), (b"x-two", b"2")]
        await send({"type": "http.response.start", "status": 206, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    service.answer = large
    answer = await http.get("/v1/contacts", headers=keys_only.bearer())
    assert (answer.status_code, answer.content) == (206, body)
    assert answer.headers.get_list("x-two") == ["1", "2"]


async def test_hop_by_hop_headers_of_an_answer_stay_behind(
    http: httpx.AsyncClient, keys_only: KeysOnly
) -> None:
    answer = await http.get("/v1/contacts", headers=keys_only.bearer())
    assert answer.headers["x-kept"] == "1"
    assert "x-private" not in answer.headers
    assert len(answer.headers.get_list("date")) == 1


@pytest.mark.parametrize("status", [204, 304, 400, 404, 409, 422, 500, 503])
async def test_a_services_own_answer_is_passed_on(
    http: httpx.AsyncClient, service: Service, keys_only: KeysOnly, status: int
) -> None:
    async def own(_: Any, __: Any, send: Any) -> None:
        headers = [(b"retry-after", b"7")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    service.answer = own
    answer = await http.get("/v1/contacts", headers=keys_only.bearer())
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")


async def test_redirects_are_passed_on_and_not_followed(
    http: httpx.AsyncClient, service: Service, keys_only: KeysOnly
) -> None:
    async def elsewhere(_: Any, __: Any, send: Any) -> None:
        headers = [(b"location", b"http://169.254.169.254/")]
        await send({"type": "http.response.start", "status": 302, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    service.answer = elsewhere
    answer = await http.get("/v1/contacts", headers=keys_only.bearer())
    assert answer.status_code == 302
    assert len(service.seen) == 1


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "127.0.0.1" not in answer.text
    return answer.status_code, body["code"]


async def test_a_service_that_is_away_is_503_and_the_others_go_on(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service
) -> None:
    url = await start_gateway(identity_url=keys_only.url, sessions_url=service.url)
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
        headers = keys_only.bearer()
        away = await http.get("/v1/contacts", headers=headers)
        assert problem(away) == (503, "upstream_unavailable")
        assert int(away.headers["retry-after"]) >= 1
        hook = await http.post("/webhooks/1", content=b"{}")
        assert problem(hook) == (503, "upstream_unavailable")
        assert (await http.get("/v1/sessions", headers=headers)).status_code == 200


async def test_a_service_that_is_too_slow_is_504(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service
) -> None:
    async def never(*_: Any) -> None:
        await asyncio.sleep(3600)

    service.answer = never
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, upstream_timeout=0.3
    )
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
        answer = await http.get("/v1/contacts", headers=keys_only.bearer())
    assert problem(answer) == (504, "upstream_timeout")


async def test_a_service_that_hangs_up_in_the_middle_is_502(
    start_gateway: StartGateway, keys_only: KeysOnly
) -> None:
    asked = 0

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    url = await start_gateway(
        identity_url=keys_only.url, channels_url=f"http://127.0.0.1:{address[1]}"
    )
    async with server, httpx.AsyncClient(base_url=url) as http:
        await ready(http)
        answer = await http.post("/webhooks/1", content=b"{}")
        assert problem(answer) == (502, "upstream_failed")
        # It may have been done: it is not sent again.
        assert asked == 1


async def test_an_answer_that_breaks_off_breaks_off_for_the_client_too(
    http: httpx.AsyncClient, service: Service, keys_only: KeysOnly
) -> None:
    async def half(_: Any, __: Any, send: Any) -> None:
        headers = [(b"content-length", b"200000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        raise ConnectionResetError

    service.answer = half
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get("/v1/contacts", headers=keys_only.bearer())


async def test_until_the_keys_are_there_guarded_routes_are_503(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service
) -> None:
    keys_only.broken = True
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, channels_url=service.url
    )
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/v1/contacts", headers=keys_only.bearer())
        assert problem(answer) == (503, "keys_unavailable")
        assert (await http.get("/health/ready")).json()["parts"].get("keys") is not True
        assert (await http.post("/webhooks/1", content=b"{}")).status_code == 200
        keys_only.broken = False
        await ready_soon(http, keys_only)


async def ready_soon(http: httpx.AsyncClient, keys: KeysOnly) -> None:
    async with asyncio.timeout(10):
        while True:
            answer = await http.get("/v1/contacts", headers=keys.bearer())
            if answer.status_code == 200:
                return
            await asyncio.sleep(0.05)


async def test_a_client_that_leaves_does_not_keep_the_service_busy(
    gateway: str, service: Service, keys_only: KeysOnly
) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def long(_: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        started.set()
        with contextlib.suppress(Exception):
            while (await receive())["type"] != "http.disconnect":
                pass
        cancelled.set()

    service.answer = long
    async with httpx.AsyncClient(base_url=gateway) as http:
        await ready(http)
        request = asyncio.create_task(http.get("/v1/contacts", headers=keys_only.bearer()))
        await asyncio.wait_for(started.wait(), 5)
        request.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await request
    await asyncio.wait_for(cancelled.wait(), 5)
