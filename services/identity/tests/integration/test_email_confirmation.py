"""Who signs up confirms the address by a link in a mail; until then they let nobody else in."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar

from platform_auth.testing import InternalTokens
from platform_devstack.provision import ServiceDatabase
from platform_postgres import Database
from ventros_identity.commands.secret_tokens import make
from ventros_identity.seed import Seeded

from ..conftest import Tenant, texts
from ..provider import come, register, running

PASSWORD = "a long password"
CONFIRM = "/v1/auth/email-confirmation/confirm"
AGAIN = "/v1/me/email-confirmation"


async def post(app: Litestar, path: str, body: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.post(path, json=body)


async def signed_up(app: Litestar, tokens: InternalTokens, **change: Any) -> Tenant:
    """A company that came by itself, with its admin as the caller."""
    email = f"bia-{uuid4().hex[:8]}@aurora.example"
    body = {"company": "Aurora", "name": "Bia", "email": email, "password": PASSWORD, **change}
    answer = await post(app, "/v1/sign-up", body)
    assert answer.status_code == 201, answer.text
    made = {name: UUID(value) for name, value in answer.json().items()}
    return Tenant(app, tokens, Seeded(email=body["email"], created=True, **made))


@pytest.fixture
async def bia(app: Litestar, internal_tokens: InternalTokens) -> Tenant:
    return await signed_up(app, internal_tokens)


async def links(db: Database, tenant: Tenant) -> list[str]:
    """The tokens of the mails, in the order of their writing."""
    mails = [text for text in await texts(db, tenant.id) if "/confirm-email#token=" in text]
    return [text.partition("#token=")[2].split()[0] for text in mails]


async def confirmed(tenant: Tenant) -> bool:
    me = await tenant.call("GET", "/v1/me")
    listed = (await tenant.call("GET", f"/v1/users/{tenant.seeded.user_id}")).json()
    assert me.json()["user"] == listed
    known: bool = listed["email_confirmed"]
    return known


async def lets_in(tenant: Tenant) -> list[tuple[int, str]]:
    """What comes of everything that lets others in."""
    asked = {
        "/v1/invitations": {"email": f"{uuid4().hex[:8]}@x.example", "role": "user"},
        "/v1/api-keys": {"name": "Loja", "scopes": ["contact:read"]},
        "/v1/applications": {"name": "Livros", "kind": "confidential", "scopes": ["contact:read"]},
    }
    answers = []
    for path, body in asked.items():
        once = {"Idempotency-Key": str(uuid4())}
        answer = await tenant.call("POST", path, json=body, headers=once)
        answers.append((answer.status_code, answer.json().get("code", "")))
    return answers


async def test_the_link_in_the_mail_confirms_once(bia: Tenant, db: Database, app: Litestar) -> None:
    assert not await confirmed(bia)
    assert await lets_in(bia) == [(403, "email_unconfirmed")] * 3
    # All else works.
    assert (await bia.call("POST", "/v1/projects", json={"name": "Outra"})).status_code == 201
    user = {"email": "eva@x.example", "name": "Eva", "password": PASSWORD, "role": "user"}
    made = await bia.call("POST", "/v1/users", json=user)
    # Whoever made her answers for her.
    assert made.json()["email_confirmed"]
    [token] = await links(db, bia)
    answers = await asyncio.gather(*(post(app, CONFIRM, {"token": token}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 422, 422, 422]
    assert {answer.json()["code"] for answer in answers if answer.content} == {
        "email_confirmation_invalid"
    }
    assert await confirmed(bia)
    assert await lets_in(bia) == [(201, "")] * 3
    params = {"action": "user.email_confirmed"}
    [told] = (await bia.call("GET", "/v1/audit-log", params=params)).json()["items"]
    assert told["target_id"] == str(bia.seeded.user_id)


async def test_the_mail_is_in_the_language_that_was_asked_for(
    app: Litestar, internal_tokens: InternalTokens, db: Database, bia: Tenant
) -> None:
    english = await signed_up(app, internal_tokens, language="en")
    assert "within 24 hours" in (await texts(db, english.id))[0]
    assert "em até 24 horas" in (await texts(db, bia.id))[0]


async def test_another_link_is_mailed_on_demand_and_not_without_end(
    bia: Tenant, db: Database, app: Litestar
) -> None:
    answers = [await bia.call("POST", AGAIN, json={}) for _ in range(4)]
    # The one of the sign-up counts.
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].json() == {"expires_in": 86400}
    assert int(answers[-1].headers["retry-after"]) > 60
    first, *_, last = await links(db, bia)
    assert (await post(app, CONFIRM, {"token": last})).status_code == 204
    # The others are good no longer, and there is nothing to ask for.
    assert (await post(app, CONFIRM, {"token": first})).status_code == 422
    assert (await bia.call("POST", AGAIN, json={})).json() == {"expires_in": None}
    async with db.tenant(bia.id) as tx:
        assert await tx.fetchval("SELECT count(*) FROM email_confirmation") == 0


async def test_nobody_is_flooded_by_those_who_sign_up_with_their_address(
    app: Litestar, internal_tokens: InternalTokens, db: Database
) -> None:
    email = f"caio-{uuid4().hex[:8]}@x.example"
    came = [await signed_up(app, internal_tokens, email=email) for _ in range(5)]
    assert [len(await links(db, one)) for one in came] == [1, 1, 1, 1, 0]


async def test_what_is_not_a_good_link_confirms_nothing(
    bia: Tenant, ana: Tenant, db: Database, app: Litestar, database: ServiceDatabase
) -> None:
    [token] = await links(db, bia)
    foreign = make("ve_", ana.id).text
    for wrong in (token[:-1], foreign, foreign[:25] + token[25:], "vp_" + token[3:], "x"):
        answer = await post(app, CONFIRM, {"token": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "email_confirmation_invalid")
    owner = await asyncpg.connect(database.owner_url)
    try:
        await owner.execute("ALTER TABLE email_confirmation NO FORCE ROW LEVEL SECURITY")
        await owner.execute("UPDATE email_confirmation SET expires_at = now()")
    finally:
        await owner.close()
    assert (await post(app, CONFIRM, {"token": token})).status_code == 422
    assert not await confirmed(bia)


async def test_only_a_hash_of_the_link_is_kept(bia: Tenant, db: Database) -> None:
    [token] = await links(db, bia)
    async with db.tenant(bia.id) as tx:
        rows = [*await tx.fetch("SELECT * FROM email_confirmation"),
                *await tx.fetch("SELECT * FROM mail"),
                *await tx.fetch("SELECT * FROM audit_entry")]  # fmt: skip
    assert token not in str([list(row.values()) for row in rows])


async def test_a_password_that_is_reset_by_mail_confirms_as_well(
    bia: Tenant, db: Database, app: Litestar
) -> None:
    await post(app, "/v1/auth/password-reset", {"email": bia.seeded.email})
    mails = [text for text in await texts(db, bia.id) if "/reset-password#token=" in text]
    token = mails[0].partition("#token=")[2].split()[0]
    body = {"token": token, "new_password": "another long password"}
    assert (await post(app, "/v1/auth/password-reset/confirm", body)).status_code == 204
    assert await confirmed(bia)


async def test_a_provider_that_has_verified_the_address_confirms_as_well(bia: Tenant) -> None:
    with running() as provider:
        provider.knows("s-1", email=bia.seeded.email, email_verified=True)
        provider_id = await register(bia, provider)
        assert (await come(bia, provider, provider_id, "s-1")).status_code == 200
    assert await confirmed(bia)


async def test_who_is_seeded_or_invited_is_confirmed(
    ana: Tenant, db: Database, app: Litestar
) -> None:
    assert await confirmed(ana)
    invited = {"email": "davi@x.example", "role": "user"}
    assert (await ana.call("POST", "/v1/invitations", json=invited)).status_code == 201
    token = (await texts(db, ana.id))[-1].partition("#token=")[2].split()[0]
    body = {"token": token, "name": "Davi", "password": PASSWORD}
    user_id = (await post(app, "/v1/invitations/accept", body)).json()["user_id"]
    assert (await ana.call("GET", f"/v1/users/{user_id}")).json()["email_confirmed"]
