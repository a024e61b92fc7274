"""WebSockets: the live stream over them, and those of services passed on."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from platform_auth.routes import WEBSOCKET, Matcher, Route
from platform_testkit.waiting import eventually
from ventros_gateway import proxy, web_sockets
from ventros_gateway.live import hub
from ventros_gateway.live.listener import End, Listener
from ventros_gateway.route_classes import LimitSettings, classes

from ..conftest import KeysOnly, ready, serve
from .listening import Teller, made, teller
from .test_revocation import revoked, tell

StartGateway = Callable[..., Awaitable[str]]
OURS = "https://app.example.com"


@pytest.fixture
async def url(start_gateway: StartGateway, keys_only: KeysOnly, amqp_vhost: str) -> str:
    url = await start_gateway(identity_url=keys_only.url, amqp_url=amqp_vhost, cors_origins=OURS)
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
    return url


@pytest.fixture
async def say(amqp_vhost: str, url: str) -> AsyncIterator[Teller]:
    del url
    async with teller(amqp_vhost) as one:
        yield one


@pytest.fixture
def place() -> tuple[str, str]:
    return str(uuid4()), str(uuid4())


@pytest.fixture
def mine(keys_only: KeysOnly, place: tuple[str, str]) -> dict[str, str]:
    return keys_only.bearer(tid=place[0], pid=place[1])


def opened(url: str, headers: dict[str, str], **more: Any) -> connect:
    path = more.pop("path", "/v1/ws")
    address = url.replace("http", "ws", 1) + path
    return connect(address, additional_headers=headers, compression=None, **more)


async def received(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        said: dict[str, Any] = msgspec.json.decode(await socket.recv())
        return said


async def closed(socket: ClientConnection) -> tuple[int, str]:
    async with asyncio.timeout(10):
        with pytest.raises(ConnectionClosed) as error:
            await socket.recv()
    assert error.value.rcvd is not None
    return error.value.rcvd.code, error.value.rcvd.reason


async def closed_at_last(socket: ClientConnection) -> tuple[int, str]:
    """How it was closed, behind whatever was said before."""
    async with asyncio.timeout(20):
        with pytest.raises(ConnectionClosed) as error:
            await taken(socket)
    assert error.value.rcvd is not None
    return error.value.rcvd.code, error.value.rcvd.reason


async def taken(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def refused(opening: connect) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as error:
        await opening
    return error.value.response.status_code, msgspec.json.decode(error.value.response.body)["code"]


async def test_it_tells_of_events_and_goes_on_where_it_was(
    url: str, mine: dict[str, str], place: tuple[str, str], say: Teller
) -> None:
    async with opened(url, mine) as socket:
        await socket.send('{"types": ["contact.*"]}')
        (hidden,) = await say.tell(made(*place, "session.started.v1"))
        (first,) = await say.tell(made(*place))
        said = await received(socket)
        assert (said["event"]["id"], said["type"]) == (first, "contact.created.v1")
    told = await say.tell(made(*place), made(*place, "session.ended.v1"))
    async with opened(url, mine) as socket:
        await socket.send(msgspec.json.encode({"last_event_id": said["id"]}).decode())
        told += await say.tell(made(*place))
        assert [(await received(socket))["event"]["id"] for _ in told] == told
    async with opened(url, mine, path=f"/v1/ws?last_event_id={uuid4()}") as socket:
        assert await received(socket) == {"refetch": True}
    del hidden


async def test_a_browser_gives_its_token_as_a_subprotocol(
    url: str, keys_only: KeysOnly, place: tuple[str, str], say: Teller
) -> None:
    token = keys_only.token(tid=place[0], pid=place[1])
    both = [Subprotocol("ventros.v1"), Subprotocol(f"bearer.{token}")]
    async with opened(url, {}, subprotocols=both, origin=Origin(OURS)) as socket:
        assert socket.subprotocol == "ventros.v1"
        (told,) = await say.tell(made(*place))
        assert (await received(socket))["event"]["id"] == told


async def test_who_may_not_open_it_is_answered_with_a_problem(
    url: str, keys_only: KeysOnly, mine: dict[str, str]
) -> None:
    assert await refused(opened(url, {})) == (401, "token_missing")
    by_query = f"/v1/ws?access_token={keys_only.token()}"
    assert await refused(opened(url, {}, path=by_query)) == (401, "token_missing")
    wrong = {"Authorization": "Bearer x.y.z"}
    assert await refused(opened(url, wrong)) == (401, "token_invalid")
    foreign = Origin("https://elsewhere.example")
    assert await refused(opened(url, mine, origin=foreign)) == (403, "origin_forbidden")
    assert await refused(opened(url, mine, path="/v1/ws?types=X")) == (422, "types_invalid")


async def test_where_there_is_none_an_upgrade_is_not_heard(url: str, mine: dict[str, str]) -> None:
    assert (await refused(opened(url, mine, path="/v1/sessions")))[0] == 503
    with pytest.raises(InvalidStatus) as error:
        await opened(url, mine, path="/health")
    assert error.value.response.headers["connection"] == "close"
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/v1/ws", headers=mine)
        assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")


HANDSHAKE = {
    "Host": "x", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, b"101"),
        ({"Sec-WebSocket-Version": "8"}, b"426"),
        ({"Sec-WebSocket-Key": None}, b"426"),
        ({"Sec-WebSocket-Key": "short"}, b"400"),
        ({"Upgrade": "h2c"}, b"426"),
        ({"Content-Length": "3"}, b"426"),
        ({"X-Large": "x" * 40_000}, b"431"),
    ],
)
async def test_a_malformed_handshake_opens_nothing_and_ends_the_connection(
    url: str, mine: dict[str, str], change: dict[str, str | None], status: bytes
) -> None:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    headers = {**HANDSHAKE, **mine, **change}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    smuggled = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    body = "abc" if "Content-Length" in change else ""
    head = "\r\n".join(["GET /v1/ws HTTP/1.1", *lines]) + "\r\n\r\n" + body
    writer.write((head + (smuggled if status != b"101" else "")).encode())
    async with asyncio.timeout(10):
        assert (await reader.readline()).split()[1] == status
        if status != b"101":
            rest = await reader.read()
            assert b"HTTP/1.1 200" not in rest
    writer.close()


@pytest.mark.parametrize(
    "message", ["hello", "[]", '{"types": "x"}', '{"type": []}', '{"types": ["A"]}', b"{}",
                '{"last_event_id": "x"}', '{"types": ["' + "a" * 9000 + '"]}'],
)  # fmt: skip
async def test_what_a_client_must_not_say_closes_it(
    url: str, mine: dict[str, str], message: str | bytes
) -> None:
    async with opened(url, mine) as socket:
        await socket.send(message)
        assert (await closed(socket))[0] == 1008
    async with opened(url, mine) as socket:
        await socket.send("{}")
        await socket.send("{}")
        assert await closed(socket) == (1008, "one message only")
    async with opened(url, mine) as socket:
        await socket.send("x" * 2_000_000)
        assert (await closed(socket))[0] == 1009


async def test_it_ends_with_its_access(url: str, keys_only: KeysOnly, amqp_vhost: str) -> None:
    sign_in = str(uuid4())
    async with opened(url, keys_only.bearer(sid=sign_in)) as socket:
        await tell(amqp_vhost, "access.revoked.v1", revoked("sign_in", sign_in))
        assert await closed(socket) == (1008, "access taken back")
    async with opened(url, keys_only.bearer(exp=int(time.time()) - 58)) as socket:
        assert await closed(socket) == (1008, "token expired")


@pytest.fixture
async def cut_as_slow(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once a listener is cut for being slow, which takes no time here."""
    monkeypatch.setattr(hub, "SLOW_SECONDS", 0.0)
    finish, cut = Listener.finish, asyncio.Event()

    def watched(one: Listener, end: End) -> None:
        finish(one, end)
        if end is End.SLOW:
            cut.set()

    monkeypatch.setattr(Listener, "finish", watched)
    return cut


async def test_a_client_that_is_too_slow_is_told_so_if_it_comes_back(
    url: str, mine: dict[str, str], place: tuple[str, str], say: Teller, cut_as_slow: asyncio.Event
) -> None:
    async with opened(url, mine, max_queue=1) as slow, opened(url, mine) as quick:
        async with asyncio.timeout(60):
            while not cut_as_slow.is_set():
                told = await say.tell(*(made(*place, padding=20_000) for _ in range(25)))
                assert [(await received(quick))["event"]["id"] for _ in told] == told
        assert await closed_at_last(slow) == (1013, "too slow")
        # Nobody else is cut for it.
        assert await say.tell(made(*place)) == [(await received(quick))["event"]["id"]]


async def test_one_too_many_is_refused_before_the_handshake(
    start_gateway: StartGateway, keys_only: KeysOnly, mine: dict[str, str], amqp_vhost: str
) -> None:
    url = await start_gateway(
        identity_url=keys_only.url, amqp_url=amqp_vhost, live_listeners=2, live_listeners_caller=1
    )
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
    async with opened(url, mine):
        assert await refused(opened(url, mine)) == (429, "too_many_streams")
        async with opened(url, keys_only.bearer()):
            assert await refused(opened(url, keys_only.bearer())) == (503, "too_many_streams")
    await eventually(lambda: opens(url, mine))


async def opens(url: str, headers: dict[str, str]) -> bool:
    try:
        async with opened(url, headers):
            return True
    except InvalidStatus:
        return False


class Upstream:
    """A service with a WebSocket: tells what it was asked with, echoes, and closes as told."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.ended: list[int] = []
        self.status = 101

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.headers = {k.decode(): v.decode("latin-1") for k, v in scope["headers"]}
        assert scope["path"] == "/v1/planted"
        await receive()
        if self.status != 101:
            await send({"type": "websocket.http.response.start", "status": self.status,
                        "headers": []})  # fmt: skip
            await send({"type": "websocket.http.response.body", "body": b""})
            return
        first = next(iter(scope["subprotocols"]), None)
        await send({"type": "websocket.accept", "subprotocol": first, "headers": []})
        while (message := await receive())["type"] != "websocket.disconnect":
            if message.get("text") == "flood":
                with contextlib.suppress(OSError):
                    while True:
                        await send({"type": "websocket.send", "text": "x" * 100_000})
                continue
            if (message.get("text") or "").startswith("close"):
                code = int(message["text"].split()[1])
                await send({"type": "websocket.close", "code": code, "reason": "as told"})
                return
            await send({"type": "websocket.send", "text": message.get("text"),
                        "bytes": message.get("bytes")})  # fmt: skip
        self.ended.append(message["code"])


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    service = Upstream()
    server, service.url = await serve(service, lambda _: True)  # type: ignore[attr-defined]
    yield service
    await server.stop()


@pytest.fixture
async def passing(
    start_gateway: StartGateway, keys_only: KeysOnly, upstream: Upstream, amqp_vhost: str,
    monkeypatch: pytest.MonkeyPatch,
) -> str:  # fmt: skip
    """A gateway with one route more: no service has a WebSocket yet."""
    planted = Route(WEBSOCKET, "/v1/planted", "contacts", "contact:update")
    monkeypatch.setattr(proxy, "ADMITTED", (*proxy.ADMITTED, planted))
    monkeypatch.setattr(proxy, "_MATCHER", Matcher(proxy.ADMITTED))
    assert "stream" in classes(LimitSettings(), slowest=1)
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=upstream.url, amqp_url=amqp_vhost,  # type: ignore[attr-defined]
        limit_stream_caller="4/60",
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
    return url


async def test_messages_go_both_ways_with_an_internal_token(
    passing: str, keys_only: KeysOnly, upstream: Upstream, verifier: Any
) -> None:
    subject = str(uuid4())
    token = keys_only.token(sub=subject)
    asked = [Subprotocol("chat.v1"), Subprotocol(f"bearer.{token}")]
    more = {"X-Ventros-Tenant": "forged", "Cookie": "a=b", "X-Kept": "1"}
    async with opened(passing, more, path="/v1/planted", subprotocols=asked) as socket:
        assert socket.subprotocol == "chat.v1"
        for message in ("olá", b"\x00\x01", "x" * 900_000):
            await socket.send(message)
            assert await asyncio.wait_for(socket.recv(), 10) == message
        await asyncio.wait_for(await socket.ping(), 10)
        await socket.close(4001)
    internal = upstream.headers["authorization"].removeprefix("Bearer ")
    assert str(verifier.verify(internal).subject) == subject
    assert upstream.headers.keys() & {"cookie", "x-ventros-tenant"} == set()
    assert upstream.headers["x-kept"] == "1"
    assert token not in str(upstream.headers)
    await eventually(lambda: upstream.ended == [4001])


async def test_how_a_service_ends_it_is_passed_on(
    passing: str, mine: dict[str, str], upstream: Upstream
) -> None:
    async with opened(passing, mine, path="/v1/planted") as socket:
        await socket.send("close 4009")
        assert await closed(socket) == (4009, "as told")
    upstream.status = 409
    assert await refused(opened(passing, mine, path="/v1/planted")) == (409, "upstream_refused")
    upstream.status = 500
    assert await refused(opened(passing, mine, path="/v1/planted")) == (502, "upstream_refused")
    upstream.status = 101
    async with opened(passing, mine, path="/v1/planted"):
        assert await refused(opened(passing, mine, path="/v1/planted")) == (429, "rate_limited")


async def test_a_client_who_takes_nothing_of_a_service_is_cut_and_told_why(
    passing: str, mine: dict[str, str], upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_sockets, "TAKE_SECONDS", 0.3)
    async with opened(passing, mine, path="/v1/planted", max_queue=1) as slow:
        await slow.send("flood")
        # The service hears of it first.
        await eventually(lambda: upstream.ended == [1013])
        assert await closed_at_last(slow) == (1013, "too slow")


async def test_it_is_admitted_as_every_route_and_closed_when_access_is_taken_back(
    passing: str, keys_only: KeysOnly, upstream: Upstream, amqp_vhost: str
) -> None:
    reader = keys_only.bearer("readonly")
    assert (await refused(opened(passing, reader, path="/v1/planted")))[0] == 403
    assert upstream.headers == {}
    sign_in = str(uuid4())
    admin = keys_only.bearer(sid=sign_in)
    async with opened(passing, admin, path="/v1/planted") as socket:
        await tell(amqp_vhost, "access.revoked.v1", revoked("sign_in", sign_in))
        assert await closed(socket) == (1008, "access taken back")


async def test_a_service_that_is_away_is_503(
    start_gateway: StartGateway, keys_only: KeysOnly, mine: dict[str, str], passing: str,
    amqp_vhost: str,
) -> None:  # fmt: skip
    del passing
    url = await start_gateway(identity_url=keys_only.url, amqp_url=amqp_vhost)
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
    away = (503, "upstream_unavailable")
    assert await refused(opened(url, mine, path="/v1/planted")) == away
