"""Changing a password and setting a forgotten one: who may, once, and what ends with it."""

import asyncio
import re
from typing import Any

import asyncpg
import httpx
import pytest

from platform_postgres import Database
from ventros_identity.commands.passwords import Passwords
from ventros_identity.commands.secret_tokens import make

from ..conftest import PASSWORD, Tenant, texts

NEW = "another long password"
EMAIL = "ana@ana.example"
CONFIRM = "/v1/auth/password-reset/confirm"


async def change(tenant: Tenant, old: str = PASSWORD, new: str = NEW) -> httpx.Response:
    body = {"old_password": old, "new_password": new}
    return await tenant.call("POST", "/v1/me/password", json=body)


async def enters(tenant: Tenant, password: str) -> bool:
    body = {"email": EMAIL, "password": password}
    answer = await tenant.call("POST", "/v1/auth/sign-in", json=body)
    return answer.status_code == 200


async def refreshes(tenant: Tenant, signed_in: dict[str, Any]) -> bool:
    body = {"refresh_token": signed_in["refresh_token"]}
    answer = await tenant.call("POST", "/v1/auth/refresh", json=body)
    return answer.status_code == 200


async def link(tenant: Tenant, db: Database) -> str:
    body = {"email": EMAIL}
    asked = await tenant.call("POST", "/v1/auth/password-reset", json=body)
    assert (asked.status_code, asked.json()) == (202, {"expires_in": 1800})
    found = re.search(r"#token=(\S+)", (await texts(db, tenant.id))[-1])
    assert found is not None
    return found[1]


async def confirm(tenant: Tenant, token: str, password: str = NEW) -> httpx.Response:
    return await tenant.call("POST", CONFIRM, json={"token": token, "new_password": password})


async def audited(tenant: Tenant) -> list[str]:
    answer = await tenant.call("GET", "/v1/audit-log")
    return [item["action"] for item in answer.json()["items"]]


async def test_a_change_ends_the_other_sign_ins(ana: Tenant, outbox: Any) -> None:
    other, this = await ana.sign_in(), await ana.sign_in()
    assert (await change(ana)).status_code == 204
    assert not await refreshes(ana, other)
    assert await refreshes(ana, this)
    assert not await enters(ana, PASSWORD)
    assert await enters(ana, NEW)
    told = [one for one in await outbox(ana.id) if one["type"] == "access.revoked.v1"]
    assert [one["data"]["id"] for one in told] == [other["sign_in_id"]]
    assert "user.password_changed" in await audited(ana)


async def test_the_old_password_is_needed_and_not_to_be_guessed(ana: Tenant) -> None:
    answers = [await change(ana, old="wrong") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [403] * 6 + [429]
    assert answers[0].json()["code"] == "wrong_password"
    assert (await change(ana)).status_code == 429
    assert await enters(ana, PASSWORD)


async def test_two_changes_at_once_are_one(ana: Tenant) -> None:
    answers = await asyncio.gather(change(ana), change(ana, new="yet another password"))
    assert sorted(answer.status_code for answer in answers) == [204, 403]


async def test_a_forgotten_password_is_set_by_the_link_once(
    ana: Tenant, db: Database, outbox: Any
) -> None:
    signed_in = await ana.sign_in()
    token = await link(ana, db)
    another = await link(ana, db)
    answers = await asyncio.gather(*(confirm(ana, token) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [204, 401, 401, 401, 401]
    assert (await confirm(ana, another)).json()["code"] == "password_reset_invalid"
    assert not await refreshes(ana, signed_in)
    assert await enters(ana, NEW)
    assert not await enters(ana, PASSWORD)
    told = [one["data"]["id"] for one in await outbox(ana.id) if "access" in one["type"]]
    assert told == [signed_in["sign_in_id"]]
    assert {"user.password_reset_requested", "user.password_reset"} <= set(await audited(ana))
    async with db.tenant(ana.id) as tx:
        assert await tx.fetchval("SELECT count(*) FROM password_reset") == 0


async def test_what_is_not_a_good_link_costs_no_hash(
    ana: Tenant, rui: Tenant, db: Database, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await link(ana, db)

    async def never(*_: object) -> str:
        raise AssertionError("hashed")

    monkeypatch.setattr(Passwords, "hash", never)
    foreign = make("vp_", rui.id).text
    for wrong in (token[:-1], foreign, foreign[:25] + token[25:], "vr_" + token[3:], "x"):
        assert (await confirm(ana, wrong)).status_code == 401
    owner = await asyncpg.connect(database.owner_url)
    try:
        await owner.execute("SELECT set_config('app.tenant_id', $1, false)", str(ana.id))
        await owner.execute("ALTER TABLE password_reset NO FORCE ROW LEVEL SECURITY")
        await owner.execute("UPDATE password_reset SET expires_at = now()")
    finally:
        await owner.close()
    assert (await confirm(ana, token)).status_code == 401


async def test_the_answer_does_not_tell_who_is_known(
    ana: Tenant, db: Database, rui: Tenant
) -> None:
    for email in ("nobody@x.example", "not an address", EMAIL.upper()):
        asked = await ana.call("POST", "/v1/auth/password-reset", json={"email": email})
        assert (asked.status_code, asked.json()) == (202, {"expires_in": 1800})
    assert len(await texts(db, ana.id)) == 1
    assert await texts(db, rui.id) == []


async def test_nobody_is_buried_in_mails(ana: Tenant, db: Database) -> None:
    for _ in range(8):
        body = {"email": EMAIL, "language": "en"}
        asked = await ana.call("POST", "/v1/auth/password-reset", json=body)
        assert asked.status_code == 202
    sent = await texts(db, ana.id)
    assert len(sent) == 4
    assert "within 30 minutes" in sent[0]


async def test_a_disabled_user_gets_no_mail(ana: Tenant, db: Database) -> None:
    async with db.tenant(ana.id) as tx:
        await tx.execute("UPDATE user_account SET active = false")
    await ana.call("POST", "/v1/auth/password-reset", json={"email": EMAIL})
    assert await texts(db, ana.id) == []
