"""API keys at the edge, with the real identity: used, changed, revoked, guessed, and remembered."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from platform_auth import api_keys as text
from platform_auth.internal import InternalTokenVerifier
from platform_testkit.own_valkey import OwnValkey
from platform_testkit.waiting import eventually
from ventros_gateway import api_keys as module

from ..conftest import INVALID_TOKEN, Service, ready, serve

StartGateway = Callable[..., Awaitable[str]]
VERIFY = "/internal/api-keys/verify"
PASSWORD = "a long password"


class Between:
    """Stands between the gateway and identity: counts the questions about keys, and can be away."""

    def __init__(self, identity: str) -> None:
        self._identity = identity
        self.questions: list[bytes] = []
        self.away = False
        self.says: bytes | None = None
        self.held = asyncio.Event()
        self.held.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if scope["path"] == VERIFY:
            self.questions.append(body)
            await self.held.wait()
            if self.says is not None:
                await self._answer(send, 200, self.says)
                return
        status, data = (503, b"{}") if self.away else await self._ask(scope, body)
        await self._answer(send, status, data)

    async def _answer(self, send: Any, status: int, data: bytes) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data})

    async def _ask(self, scope: Any, body: bytes) -> tuple[int, bytes]:
        url = f"{self._identity}{scope['path']}?{scope['query_string'].decode()}"
        kept = {b"authorization", b"content-type", b"idempotency-key"}
        headers = {k.decode(): v.decode() for k, v in scope["headers"] if k in kept}
        async with httpx.AsyncClient() as client:
            answer = await client.request(scope["method"], url, content=body, headers=headers)
        return answer.status_code, answer.content


class Edge:
    """A gateway before identity, with an admin who is signed in."""

    def __init__(self, http: httpx.AsyncClient, between: Between, token: str) -> None:
        self.http, self.between = http, between
        self.admin = {"Authorization": f"Bearer {token}"}

    async def make(self, *scopes: str, **change: Any) -> tuple[str, str]:
        """Id and text of a new key."""
        body = {"name": "Shop", "scopes": scopes or ["contact:list"], **change}
        headers = {**self.admin, "Idempotency-Key": str(uuid4())}
        answer = await self.http.post("/v1/api-keys", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()["key"]["id"], answer.json()["secret"]

    async def use(self, secret: str, path: str = "/v1/contacts") -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {secret}"})

    async def code(self, secret: str, path: str = "/v1/contacts") -> tuple[int, str]:
        answer = await self.use(secret, path)
        return answer.status_code, answer.json().get("code", "")


@pytest.fixture
async def own_valkey() -> AsyncIterator[OwnValkey]:
    """Guesses are counted by address, and all tests come from one."""
    valkey = OwnValkey()
    await valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
async def edge(
    start_gateway: StartGateway, identity: str, service: Service, own_valkey: OwnValkey
) -> AsyncIterator[Edge]:
    between = Between(identity)
    server, between_url = await serve(between)
    url = await start_gateway(
        identity_url=between_url, contacts_url=service.url, messaging_url=service.url,
        redis_url=own_valkey.url, limit_api_key_guess_address="5/3600",
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        await ready(http)
        credentials = {"email": "ana@ana.example", "password": PASSWORD}
        answer = await http.post("/v1/auth/sign-in", json=credentials)
        assert answer.status_code == 200, answer.text
        yield Edge(http, between, answer.json()["access_token"])
    await server.stop()


async def test_a_key_lets_its_program_in_with_its_scopes_and_no_others(
    edge: Edge, service: Service, verifier: InternalTokenVerifier
) -> None:
    key_id, secret = await edge.make("contact:list")
    answer = await edge.use(secret)
    assert answer.status_code == 200
    assert "ratelimit" in answer.headers
    principal = verifier.verify(service.header("authorization")[0].removeprefix("Bearer "))
    assert (principal.kind, principal.subject, principal.role) == ("api_key", UUID(key_id), None)
    assert principal.permissions == {"contact:list"}
    status, code = await edge.code(secret, "/v1/messages")
    assert (status, code) == (403, "forbidden")
    assert "API key lacks" in (await edge.use(secret, "/v1/messages")).json()["detail"]
    # What makes ways in is open to no program.
    assert await edge.code(secret, "/v1/api-keys") == (403, "forbidden")
    assert len(edge.between.questions) == 1
    shown = (await edge.http.get(f"/v1/api-keys/{key_id}", headers=edge.admin)).json()
    assert shown["last_used_address"] == "127.0.0.1"


async def test_a_revoked_key_is_refused_within_a_second(edge: Edge) -> None:
    key_id, secret = await edge.make()
    _, other = await edge.make()
    for each in (secret, other):
        assert (await edge.use(each)).status_code == 200
    answer = await edge.http.delete(f"/v1/api-keys/{key_id}", headers=edge.admin)
    assert answer.status_code == 204

    async def refused() -> bool:
        answer = await edge.use(secret)
        if answer.status_code == 200:
            return False
        assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")
        assert answer.headers["www-authenticate"] == INVALID_TOKEN
        return True

    await eventually(refused, timeout=1)
    assert (await edge.use(other)).status_code == 200


async def test_other_scopes_count_within_a_second(edge: Edge) -> None:
    key_id, secret = await edge.make("contact:list")
    assert (await edge.use(secret)).status_code == 200
    for scopes, contacts, messages in (
        (["message:list"], 403, 200),
        (["contact:list", "message:list"], 200, 200),
    ):
        path = f"/v1/api-keys/{key_id}"
        changed = await edge.http.patch(path, json={"scopes": scopes}, headers=edge.admin)
        assert changed.status_code == 200

        async def counts(wanted: tuple[int, int]) -> None:
            first = (await edge.use(secret)).status_code
            assert (first, (await edge.use(secret, "/v1/messages")).status_code) == wanted

        await eventually(functools.partial(counts, (contacts, messages)), timeout=1)


async def test_a_project_that_is_switched_off_lets_no_key_in(edge: Edge) -> None:
    key_id, secret = await edge.make()
    assert (await edge.use(secret)).status_code == 200
    project = (await edge.http.get(f"/v1/api-keys/{key_id}", headers=edge.admin)).json()
    path = f"/v1/projects/{project['project_id']}"
    assert (await edge.http.patch(path, json={"active": False}, headers=edge.admin)).is_success

    async def refused() -> None:
        assert await edge.code(secret) == (403, "project_inactive")

    await eventually(refused, timeout=1)


async def test_an_expired_key_is_refused_also_when_it_is_remembered(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = await edge.make(expires_in_days=1)
    assert (await edge.use(secret)).status_code == 200
    now = time.time()
    with monkeypatch.context() as tomorrow:
        tomorrow.setattr(time, "time", lambda: now + 86_401)
        assert await edge.code(secret) == (401, "token_expired")
    _, never_used = await edge.make()
    edge.between.says = b'{"verdict": "expired"}'
    assert await edge.code(never_used) == (401, "token_expired")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rest=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=120))
async def test_what_is_malformed_is_refused_without_a_question(edge: Edge, rest: str) -> None:
    assert await edge.code(f"vk_live_{rest}") == (401, "token_invalid")
    assert edge.between.questions == []


async def test_a_typo_is_refused_without_a_question(edge: Edge, service: Service) -> None:
    _, secret = await edge.make()
    last = "A" if secret[60] != "A" else "B"
    assert await edge.code(secret[:60] + last + secret[61:]) == (401, "token_invalid")
    assert edge.between.questions == []
    assert service.seen == []


async def test_guesses_are_counted_by_address_and_good_keys_go_on(edge: Edge) -> None:
    key_id, secret = await edge.make()
    assert (await edge.use(secret)).status_code == 200
    found = []
    for _ in range(8):
        wrong, _ = text.make(UUID(key_id))
        found.append(await edge.code(wrong))
    assert found[:5] == [(401, "token_invalid")] * 5
    assert found[-1] == (429, "rate_limited")
    wrong, _ = text.make(uuid4())
    answer = await edge.use(wrong)
    assert (answer.status_code, int(answer.headers["retry-after"]) > 1) == (429, True)
    assert (await edge.use(secret)).status_code == 200
    asked = len(edge.between.questions)
    await edge.code(wrong)
    assert len(edge.between.questions) == asked


async def test_a_wrong_key_is_asked_about_once(edge: Edge) -> None:
    wrong, _ = text.make(uuid4())
    for _ in range(3):
        assert await edge.code(wrong) == (401, "token_invalid")
    assert len(edge.between.questions) == 1


async def test_many_first_uses_at_once_make_one_question(edge: Edge) -> None:
    _, secret = await edge.make()
    edge.between.held.clear()
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(base_url=edge.http.base_url, timeout=60, limits=limits) as many:
        headers = {"Authorization": f"Bearer {secret}"}
        uses = [asyncio.create_task(many.get("/v1/contacts", headers=headers)) for _ in range(200)]
        await eventually(lambda: len(edge.between.questions) == 1)
        edge.between.held.set()
        answers = await asyncio.gather(*uses)
    assert {answer.status_code for answer in answers} == {200}
    assert len(edge.between.questions) == 1


async def test_while_identity_is_away_a_known_key_goes_on_and_an_unknown_one_waits(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, known = await edge.make()
    _, unknown = await edge.make()
    assert (await edge.use(known)).status_code == 200
    edge.between.away = True
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
    assert (await edge.use(known)).status_code == 200
    answer = await edge.use(unknown)
    assert (answer.status_code, answer.json()["code"]) == (503, "api_keys_unavailable")
    assert answer.headers.get_list("retry-after") == ["1"]
    assert (await edge.use(known)).status_code == 200
    edge.between.away = False

    async def back() -> None:
        assert (await edge.use(unknown)).status_code == 200

    await eventually(back)
    edge.between.away = True
    # What was good ten minutes ago is not good enough.
    monkeypatch.setattr(module, "OLDEST_SECONDS", 0.0)
    assert (await edge.use(known)).status_code == 503


async def test_an_old_answer_serves_while_identity_is_asked_anew(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = await edge.make()
    assert (await edge.use(secret)).status_code == 200
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
    edge.between.held.clear()
    for _ in range(5):
        assert (await edge.use(secret)).status_code == 200
    await eventually(lambda: len(edge.between.questions) == 2)
    edge.between.held.set()


async def test_the_secret_is_in_no_log_no_question_and_no_answer(edge: Edge) -> None:
    with capture_logs() as logs:
        key_id, secret = await edge.make()
        wrong, _ = text.make(UUID(key_id))
        answers = [await edge.use(secret), await edge.use(secret, "/v1/messages")]
        answers += [await edge.use(wrong), await edge.use(secret + "x")]
        edge.between.away = True
        other, _ = text.make(uuid4())
        answers.append(await edge.use(other))
    assert {answer.status_code for answer in answers} == {200, 403, 401, 503}
    said = "".join([*(a.text + str(a.headers) for a in answers), str(logs)])
    said += b"".join(edge.between.questions).decode()
    for each in (secret, wrong, other):
        assert each[41:84] not in said
    assert "api_key_not_asked" in str(logs)


async def test_memories_are_bounded(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 2)
    secrets = [(await edge.make())[1] for _ in range(3)]
    for secret in secrets:
        assert (await edge.use(secret)).status_code == 200
    asked = len(edge.between.questions)
    assert (await edge.use(secrets[2])).status_code == 200
    assert len(edge.between.questions) == asked
    assert (await edge.use(secrets[0])).status_code == 200
    assert len(edge.between.questions) == asked + 1
