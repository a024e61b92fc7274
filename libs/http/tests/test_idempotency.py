"""`Idempotency-Key` against the real database: one effect and one answer per key."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from litestar import Response, post
from litestar.params import FromPath, JSONBody

from platform_auth.testing import InternalTokens
from platform_core.errors import Conflict
from platform_core.ids import new_id
from platform_http import Caller, Writes, create_app
from platform_postgres import Database, PostgresSettings

TOKENS = InternalTokens()
KEY = "b9a1c1de-2c4b-4d0e-9c1f-0a1b2c3d4e5f"
SECRET = "canary-5d1f"
WORK = "INSERT INTO inbox (tenant_id, consumer, event_id) VALUES ($1, $2, $3)"
DONE = "SELECT count(*) FROM inbox"


class Create(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class Made(msgspec.Struct):
    id: UUID
    name: str


class Bells:
    """Counts the rings."""

    def __init__(self) -> None:
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1


class Gate:
    """Lets the work go on when it is told to."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()


GATE = Gate()


@post("/v1/contacts", operation_id="createContact")
async def create(principal: Caller, writer: Writes, data: JSONBody[Create]) -> Response[Made]:
    made = Made(id=new_id(), name=data.name)
    async with writer(principal) as tx:
        await tx.execute(WORK, principal.tenant_id, data.name, made.id)
        GATE.entered.set()
        await GATE.open.wait()
        if data.name == "refused":
            raise Conflict("No.", code="no")
    if data.name == "broken":
        raise ZeroDivisionError
    return Response(made, headers={"location": f"/v1/contacts/{made.id}"})


@post("/v1/projects", operation_id="createProject", idempotency="required", answer="secret")
async def create_secret(principal: Caller, writer: Writes, data: JSONBody[Create]) -> Made:
    async with writer(principal) as tx:
        made = Made(id=new_id(), name=data.name)
        await tx.execute(WORK, principal.tenant_id, "secret", made.id)
    return made


@post("/v1/contacts/{contact_id:uuid}/unmerge", operation_id="unmerge", status_code=200)
async def without_a_body(principal: Caller, writer: Writes, contact_id: FromPath[UUID]) -> Made:
    async with writer(principal) as tx:
        await tx.execute(WORK, principal.tenant_id, "unmerge", new_id())
    return Made(id=contact_id, name="")


class World:
    """An application, its database, one caller."""

    def __init__(self, client: httpx.AsyncClient, database: Database, bells: Bells) -> None:
        self.client = client
        self.database = database
        self.bells = bells
        self.tenant, self.project, self.subject = uuid4(), uuid4(), uuid4()
        self.headers = self.caller(self.subject)

    def caller(self, subject: UUID) -> dict[str, str]:
        """Another user of the same project."""
        return TOKENS.header(self.tenant, self.project, subject=subject)

    async def post(
        self, name: str = "Ana", key: str | None = KEY, **options: Any
    ) -> httpx.Response:
        path = options.pop("path", "/v1/contacts")
        headers = {**self.headers, **options.pop("headers", {})}
        if key is not None:
            headers["idempotency-key"] = key
        return await self.client.post(path, json={"name": name}, headers=headers, **options)

    async def done(self) -> int:
        """How often the work was done."""
        async with self.database.tenant(self.tenant) as tx:
            count: int = await tx.fetchval(DONE)
            return count

    async def stored(self) -> list[Any]:
        """What is kept."""
        async with self.database.tenant(self.tenant) as tx:
            return list(await tx.fetch("SELECT * FROM idempotent_request"))


def made_app(service: str, handlers: list[Any], database: Database, bells: Bells) -> Any:
    return create_app(service, handlers, auth=TOKENS.verifier, db=database, bell=bells)


@pytest.fixture
async def database(make_database: Callable[[str], Any]) -> AsyncIterator[Database]:
    urls = make_database("httpprobe")
    settings = PostgresSettings(
        database_app_url=urls.app_url,
        database_relay_url=urls.relay_url,
        database_system_url=urls.system_url,
    )
    opened = Database(settings, service="httpprobe")
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    bells = Bells()
    app = made_app("contacts", [create, without_a_body], database, bells)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as client:
        yield World(client, database, bells)


@pytest.fixture
async def secrets(database: Database) -> AsyncIterator[World]:
    """A service whose one answer is shown once."""
    bells = Bells()
    app = made_app("identity", [create_secret], database, bells)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as client:
        yield World(client, database, bells)


async def test_the_second_request_gets_the_first_ones_answer_and_does_nothing(
    world: World,
) -> None:
    first, second = await world.post(), await world.post()
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert await world.done() == 1
    assert world.bells.rung == 1


async def test_without_a_key_every_request_counts(world: World) -> None:
    answers = [await world.post(key=None) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert await world.done() == 2
    assert world.bells.rung == 2


async def test_the_same_key_for_another_request_is_refused(world: World) -> None:
    await world.post()
    other = await world.post("Bruno")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    query = await world.post(path="/v1/contacts?")
    assert query.headers["idempotent-replayed"] == "true"
    assert await world.done() == 1


async def test_a_key_is_its_callers_and_its_routes_own(world: World) -> None:
    await world.post()
    await world.post(headers=world.caller(uuid4()))
    path = f"/v1/contacts/{uuid4()}/unmerge"
    headers = {**world.headers, "idempotency-key": KEY}
    first = await world.client.post(path, headers=headers)
    again = await world.client.post(path, headers=headers)
    assert (first.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert await world.done() == 3
    elsewhere = await world.client.post(f"/v1/contacts/{uuid4()}/unmerge", headers=headers)
    assert elsewhere.json()["code"] == "idempotency_key_reused"


async def test_while_the_first_is_running_the_second_is_told_so(world: World) -> None:
    GATE.open.clear()
    GATE.entered.clear()
    first = asyncio.create_task(world.post())
    try:
        async with asyncio.timeout(10):
            await GATE.entered.wait()
        second = await world.post()
    finally:
        GATE.open.set()
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_use")
    assert (await first).status_code == 201
    assert (await world.post()).headers["idempotent-replayed"] == "true"
    assert await world.done() == 1


@pytest.mark.parametrize(("name", "status"), [("refused", 409), ("broken", 500)])
async def test_what_failed_is_taken_back_and_may_be_tried_again(
    world: World, name: str, status: int
) -> None:
    for _ in range(2):
        answer = await world.post(name)
        assert answer.status_code == status
        assert "idempotent-replayed" not in answer.headers
    assert await world.done() == 0
    assert await world.stored() == []
    assert world.bells.rung == 0


async def test_a_bad_body_does_not_use_up_the_key(world: World) -> None:
    headers = {**world.headers, "idempotency-key": KEY}
    bad = await world.client.post("/v1/contacts", json={"name": 5}, headers=headers)
    assert bad.status_code == 400
    assert (await world.post()).status_code == 201


@pytest.mark.parametrize("key", ["short", "x" * 256, "has a space", "tab\there!", "é" * 10])
async def test_a_key_has_a_form(world: World, key: str) -> None:
    answer = await world.post(key=None, headers={"idempotency-key": key.encode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


async def test_two_keys_are_none(world: World) -> None:
    headers = [*world.headers.items(), ("idempotency-key", KEY), ("idempotency-key", KEY)]
    answer = await world.client.post("/v1/contacts", json={"name": "Ana"}, headers=headers)
    assert answer.json()["code"] == "idempotency_key_invalid"


async def test_where_a_key_is_required_it_has_to_be_there(secrets: World) -> None:
    answer = await secrets.post(key=None, path="/v1/projects")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


async def test_an_answer_that_is_shown_once_is_not_kept(secrets: World) -> None:
    first = await secrets.post(SECRET, path="/v1/projects")
    second = await secrets.post(SECRET, path="/v1/projects")
    assert first.json()["name"] == SECRET
    assert (second.status_code, second.json()["code"]) == (409, "answer_shown_once")
    assert [row["answer"] for row in await secrets.stored()] == [None]
    assert await secrets.done() == 1


async def test_neither_the_key_nor_the_answer_can_be_read_from_the_database(world: World) -> None:
    answer = await world.post(SECRET)
    (row,) = await world.stored()
    kept = b"".join(value for value in row.values() if isinstance(value, bytes))
    assert SECRET in answer.text
    for planted in (SECRET.encode(), KEY.encode(), answer.json()["id"].encode()):
        assert planted not in kept


async def test_after_a_day_a_key_is_new_again(
    world: World, make_database: Callable[[str], Any]
) -> None:
    await world.post()
    await world.post(key="another-key-of-long-ago")
    async with world.database.tenant(world.tenant) as tx:
        # The application may not change what is kept, so its age is made by writing it anew.
        rows = await tx.fetch("DELETE FROM idempotent_request RETURNING *")
        for row in rows:
            await tx.execute(
                "INSERT INTO idempotent_request"
                " VALUES ($1, $2, $3, $4, $5::timestamptz - interval '25 hours')",
                *row.values(),
            )
    again = await world.post()
    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers
    assert await world.done() == 3
    assert len(await world.stored()) == 1


async def test_fifty_at_once_have_one_effect(world: World) -> None:
    answers = await asyncio.gather(*(world.post() for _ in range(50)))
    codes = {answer.status_code for answer in answers}
    assert codes <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert await world.done() == 1


async def test_what_was_answered_is_looked_up_after_the_lock_is_had(database: Database) -> None:
    """A function that is not volatile looks with the eyes of its statement, from before the lock:
    who waits for a request that is just ending would do its work once more."""
    async with database.tenant(uuid4()) as tx:
        volatility = await tx.fetchval(
            "SELECT provolatile FROM pg_proc WHERE proname = 'enter_idempotent_request'"
        )
    assert volatility == b"v"
