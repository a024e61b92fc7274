"""The commands that use the API, before a small stand-in for it."""

import asyncio
import io
import json
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from platform_devstack import api_commands, demo_tenant, tail
from platform_devstack.api import Api, Refused, Unreachable, problem_of, told
from platform_devstack.call import Request, body_of, call, headers_of, sent_headers
from platform_devstack.endpoints import Endpoints
from platform_devstack.errors import StackError
from platform_devstack.layout import Layout
from platform_devstack.login import Account, Login, LoginFile, address
from platform_devstack.secret_store import SecretStore
from platform_devstack.services import Surroundings
from platform_devstack.tail import Told, follow

DEMO = demo_tenant.EMAIL


class Edge:
    """Signs in, refreshes once per token, and tells events."""

    def __init__(self) -> None:
        self.made = 0
        self.good: set[str] = set()
        self.used: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.streams: list[str | None] = []
        self.url = ""

    def tokens(self) -> web.Response:
        self.made += 1
        self.good.add(f"refresh-{self.made}")
        body = {"access_token": f"access-{self.made}", "refresh_token": f"refresh-{self.made}",
                "expires_in": 600}  # fmt: skip
        return web.json_response(body)

    async def sign_in(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["password"] == "with a factor":
            return problem(401, "second_factor_required", challenge="c")
        return self.tokens()

    async def factor(self, request: web.Request) -> web.Response:
        body = await request.json()
        return self.tokens() if body == {"challenge": "c", "code": "123456"} else problem(401, "no")

    async def refresh(self, request: web.Request) -> web.Response:
        token = (await request.json())["refresh_token"]
        self.used.append(token)
        if token not in self.good:
            return problem(401, "refresh_token_invalid")
        self.good.discard(token)
        await asyncio.sleep(0)
        return self.tokens()

    async def anything(self, request: web.Request) -> web.Response:
        self.asked.append({"headers": dict(request.headers), "body": await request.text()})
        return web.json_response({"items": []})

    async def refuse(self, _: web.Request) -> web.Response:
        return problem(422, "invalid", errors=[{"pointer": "/name", "code": "x", "detail": "No."}])

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.streams.append(request.headers.get("Last-Event-ID"))
        if len(self.streams) == 2:
            return problem(401, "token_expired")
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        number = len(self.streams)
        await answer.write(f"id: e{number}\nevent: a.b.v1\ndata: {{}}\n\n".encode())
        return answer


def problem(status: int, code: str, **more: Any) -> web.Response:
    body = {"code": code, "detail": "Because.", "request_id": "r-1", "status": status, **more}
    return web.json_response(body, status=status, content_type="application/problem+json")


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    edge = Edge()
    app = web.Application()
    app.router.add_post("/v1/auth/sign-in", edge.sign_in)
    app.router.add_post("/v1/auth/second-factor", edge.factor)
    app.router.add_post("/v1/auth/refresh", edge.refresh)
    app.router.add_get("/v1/events/stream", edge.stream)
    app.router.add_post("/v1/refused", edge.refuse)
    app.router.add_route("*", "/v1/{any:.*}", edge.anything)
    server = TestServer(app)
    await server.start_server()
    edge.url = f"http://127.0.0.1:{server.port}"
    yield edge
    await server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def around(tmp_path: Path, edge: Edge) -> Surroundings:
    layout = Layout(root=tmp_path, state=tmp_path, data=tmp_path, programs=None, account=None)
    (tmp_path / "seeded").write_text("embedded")
    at = Endpoints(
        postgres_admin_url="", amqp_url="", amqp_management_url="", redis_url="",
        temporal_address="", temporal_ui_url="",
    )  # fmt: skip
    ports = {"gateway": int(edge.url.rpartition(":")[2])}
    return Surroundings(
        layout=layout, ports=ports, endpoints=at, secrets=SecretStore(tmp_path), environ={}
    )


@pytest.fixture
def account(around: Surroundings, session: aiohttp.ClientSession) -> Account:
    return Account(around, Api(session, address(around, None)))


def expire(around: Surroundings) -> None:
    kept = LoginFile(around.layout.state)
    login = kept.read()
    assert login is not None
    fields = {name: getattr(login, name) for name in login.__struct_fields__}
    kept.write(Login(**{**fields, "expires_at": time.time() + 10}))


async def test_without_a_login_one_is_the_demo_and_it_is_kept_for_oneself(
    account: Account, around: Surroundings, edge: Edge
) -> None:
    assert await account.token() == "access-1"
    assert await account.token() == "access-1"
    path = around.layout.state / "login.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = LoginFile(around.layout.state).read()
    assert kept is not None
    assert (kept.email, kept.url) == (DEMO, None)


async def test_commands_at_the_same_time_use_a_refresh_token_once(
    account: Account, around: Surroundings, session: aiohttp.ClientSession, edge: Edge
) -> None:
    await account.token()
    expire(around)
    others = [Account(around, account.api) for _ in range(8)]
    assert {*await asyncio.gather(*(one.token() for one in others))} == {"access-2"}
    assert edge.used == ["refresh-1"]


async def test_a_demo_that_was_signed_out_signs_in_again_and_somebody_else_is_told(
    account: Account, around: Surroundings, edge: Edge
) -> None:
    await account.token()
    expire(around)
    edge.good.clear()
    assert await account.token() == "access-2"
    LoginFile(around.layout.state).write(
        Login(email="x@y.example", access_token="a", refresh_token="gone", expires_at=0)
    )
    with pytest.raises(StackError, match=r"x@y\.example is signed out"):
        await account.token()


async def test_without_a_demo_tenant_it_is_said_what_to_do(
    account: Account, around: Surroundings
) -> None:
    (around.layout.state / "seeded").unlink()
    with pytest.raises(StackError, match="--email"):
        await account.token()


async def test_login_asks_for_a_second_factor_when_it_is_told_so(
    around: Surroundings, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.console import Console  # noqa: PLC0415

    words = ["login", "--email", "a@b.example", "--password-stdin"]
    monkeypatch.setattr("sys.stdin", io.StringIO("with a factor\n"))
    given = api_commands.parse([*words, "--code", "123456"])
    said = Console(file=io.StringIO())
    assert await given.act(around, session, said, given) == 0
    kept = LoginFile(around.layout.state).read()
    assert kept is not None
    assert kept.email == "a@b.example"
    monkeypatch.setattr("sys.stdin", io.StringIO("with a factor\n"))
    given = api_commands.parse(words)
    with pytest.raises(StackError, match="--code"):
        await given.act(around, session, said, given)


async def test_call_sends_what_is_asked_and_says_how_it_went(
    account: Account, edge: Edge, session: aiohttp.ClientSession, capsysbinary: Any
) -> None:
    wanted = Request(method="POST", path="/v1/contacts", body=b'{"name":"Ana"}', headers={})
    assert await call(session, edge.url, wanted, "vk_live_x", show_head=False) == 0
    sent = edge.asked[0]
    assert sent["body"] == '{"name":"Ana"}'
    assert sent["headers"]["Authorization"] == "Bearer vk_live_x"
    assert len(sent["headers"]["Idempotency-Key"]) == 36
    assert capsysbinary.readouterr().out == b'{"items": []}'
    refused = Request(method="POST", path="/v1/refused", body=None, headers={})
    assert await call(session, edge.url, refused, "t", show_head=True) == 1
    said = capsysbinary.readouterr()
    assert b"422 invalid: Because. (request r-1)\n  /name: No." in said.err
    assert said.out.startswith(b"422 Unprocessable Entity\nContent-Type: application/problem+json")
    assert json.loads(said.out.rpartition(b"\n\n")[2])["code"] == "invalid"
    with pytest.raises(Unreachable):
        await call(session, "http://127.0.0.1:9", wanted, "t", show_head=False)


def test_ones_own_headers_win() -> None:
    own = headers_of(["idempotency-key: mine", "X-A: b: c"])
    request = Request(method="POST", path="/", body=b"{}", headers=own)
    sent = sent_headers(request, "t")
    assert (sent["idempotency-key"], sent["X-A"]) == ("mine", "b: c")
    assert "Idempotency-Key" not in sent
    assert "Idempotency-Key" not in sent_headers(
        Request(method="PATCH", path="/", body=b"{}", headers={}), "t"
    )
    with pytest.raises(StackError, match="no header"):
        headers_of(["nonsense"])


def test_a_body_is_json_from_where_it_is_said(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text('{"a": 1}')
    assert body_of(None, io.BytesIO()) is None
    assert body_of('{"a":1}', io.BytesIO()) == b'{"a":1}'
    assert body_of(f"@{file}", io.BytesIO()) == b'{"a": 1}'
    assert body_of("-", io.BytesIO(b"[]")) == b"[]"
    for wrong in ("{", "@/no/such/file"):
        with pytest.raises(StackError):
            body_of(wrong, io.BytesIO())


def test_a_refusal_without_a_problem_is_told_too() -> None:
    assert told(502, problem_of(b"<html>")).startswith("502")


async def test_tail_goes_on_where_it_was_cut_and_refreshes_its_token(
    account: Account, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "FIRST_PAUSE", 0.0)
    seen: list[Told] = []
    enough = asyncio.Event()

    def say(one: Told) -> None:
        seen.append(one)
        if len(seen) == 3:
            enough.set()

    following = asyncio.create_task(
        follow(account, types=["a.*"], since="e0", say=say, warn=lambda _: None)
    )
    await asyncio.wait_for(enough.wait(), 10)
    following.cancel()
    assert edge.streams[:4] == ["e0", "e1", "e1", "e3"]
    assert [one.id for one in seen] == ["e1", "e3", "e4"]
    assert edge.used == ["refresh-1"]


async def test_tail_ends_when_asking_again_would_not_help(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "PATH", "/v1/none")

    async def refuse(*_: Any, **__: Any) -> Any:
        raise Refused(403, b"{}")

    monkeypatch.setattr(account, "token", refuse)
    with pytest.raises(Refused):
        await asyncio.wait_for(follow(account, types=[], since="", say=print, warn=print), 5)
