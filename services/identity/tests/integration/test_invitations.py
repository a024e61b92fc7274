"""Invitations: by mail, for one use, for a time, and into a project if it is said."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from platform_postgres import Database

from ..conftest import Tenant, texts

WORD = "a long password"


async def invite(tenant: Tenant, **change: Any) -> httpx.Response:
    body = {"email": "Bia@x.example", "role": "user", **change}
    return await tenant.call("POST", "/v1/invitations", json=body)


async def mail_of(db: Database, tenant: Tenant) -> Any:
    async with db.tenant(tenant.id) as tx:
        return await tx.fetchrow("SELECT * FROM mail ORDER BY id DESC LIMIT 1")


async def invited(db: Database, tenant: Tenant, **change: Any) -> str:
    """The token in the mail."""
    answer = await invite(tenant, **change)
    assert answer.status_code == 201, answer.text
    body = (await texts(db, tenant.id))[-1]
    return body.partition("#token=")[2].split()[0]


async def post(tenant: Tenant, path: str, body: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app=tenant.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.post(path, json=body)


async def accept(tenant: Tenant, token: str) -> httpx.Response:
    body = {"token": token, "name": "Bia", "password": WORD}
    return await post(tenant, "/v1/invitations/accept", body)


async def actions(tenant: Tenant) -> list[str]:
    answer = await tenant.call("GET", "/v1/audit-log", params={"limit": 100})
    return [item["action"] for item in answer.json()["items"]][::-1]


async def test_who_is_invited_becomes_a_member_and_signs_in(
    ana: Tenant, db: Database, outbox: Callable[[UUID], Any]
) -> None:
    project_id = str(ana.project_id)
    token = await invited(db, ana, project_id=project_id, project_role="agent")
    answer = await accept(ana, token)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["email"], made["project_id"]) == ("bia@x.example", project_id)
    credentials = {"email": "bia@x.example", "password": WORD}
    signed_in = (await post(ana, "/v1/auth/sign-in", credentials)).json()
    assert (signed_in["user_id"], signed_in["role"], signed_in["project_role"]) == (
        made["user_id"], "user", "agent",
    )  # fmt: skip
    events = [(event["type"], event["data"]) for event in await outbox(ana.id)][-2:]
    assert [kind for kind, _ in events] == ["user.created.v1", "project_member.invited.v1"]
    assert events[1][1]["invited_by"] == str(ana.seeded.user_id)
    told = await actions(ana)
    assert told[0] == "invitation.created"
    assert {"invitation.accepted", "user.created", "project_member.invited"} <= set(told)
    listed = await ana.call("GET", "/v1/invitations")
    assert listed.json()["items"] == []


@pytest.mark.parametrize(
    ("language", "subject"), [("pt", "Convite para Ana Ltda"), ("en", "Invitation to Ana Ltda")]
)
async def test_the_mail_speaks_the_language_and_the_token_is_kept_as_its_hash(
    ana: Tenant, db: Database, language: str, subject: str
) -> None:
    token = await invited(db, ana, language=language)
    mail = await mail_of(db, ana)
    assert (mail["recipient"], mail["subject"]) == ("bia@x.example", subject)
    async with db.tenant(ana.id) as tx:
        row = await tx.fetchrow("SELECT * FROM invitation")
    assert row["token_hash"] == hashlib.sha256(token.encode()).digest()
    listed = await ana.call("GET", "/v1/invitations")
    assert token not in listed.text
    assert listed.json()["items"][0]["email"] == "bia@x.example"


async def test_it_works_once_also_when_it_comes_twice_at_once(ana: Tenant, db: Database) -> None:
    token = await invited(db, ana)
    answers = await asyncio.gather(*(accept(ana, token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    answers.append(await accept(ana, token))
    refused = {a.json()["code"] for a in answers if a.status_code == 422}
    assert refused == {"invitation_invalid"}
    users = (await ana.call("GET", "/v1/users")).json()["items"]
    assert [user["email"] for user in users] == ["ana@ana.example", "bia@x.example"]


async def test_what_is_not_good_is_refused_in_one_way(
    ana: Tenant, rui: Tenant, db: Database
) -> None:
    revoked = await invited(db, ana)
    invitation_id = (await ana.call("GET", "/v1/invitations")).json()["items"][0]["id"]
    path = f"/v1/invitations/{invitation_id}"
    assert (await rui.call("DELETE", path)).status_code == 404
    assert (await ana.call("DELETE", path)).status_code == 204
    again = await ana.call("DELETE", path)
    assert (again.status_code, again.json()["code"]) == (404, "invitation_not_found")
    assert "invitation.revoked" in await actions(ana)

    replaced = await invited(db, ana)
    expired = await invited(db, ana)
    moved = expired[:-6] + ("AAAAAA" if not expired.endswith("AAAAAA") else "BBBBBB")
    for token in (revoked, replaced, moved, "vi_", "vr_" + expired[3:], expired[3:], "x"):
        answer = await accept(ana, token)
        assert (answer.status_code, answer.json()["code"]) == (422, "invitation_invalid")
    assert (await accept(ana, expired)).status_code == 201


async def test_it_ends_after_its_time(ana: Tenant, db: Database, database: Any) -> None:
    token = await invited(db, ana)
    await in_the_past(database)
    assert (await accept(ana, token)).status_code == 422
    assert (await ana.call("GET", "/v1/invitations")).json()["items"] == []
    assert (await accept(ana, await invited(db, ana))).status_code == 201


async def in_the_past(database: Any) -> None:
    owner = await asyncpg.connect(database.owner_url)
    try:
        await owner.execute("ALTER TABLE invitation NO FORCE ROW LEVEL SECURITY")
        await owner.execute("UPDATE invitation SET expires_at = now() - interval '1 second'")
        await owner.execute("ALTER TABLE invitation FORCE ROW LEVEL SECURITY")
    finally:
        await owner.close()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"email": "ana@ana.example"}, 409, "email_taken"),
        ({"project_role": "agent"}, 422, "incomplete_project_role"),
        ({"role": "root"}, 400, "validation_failed"),
        ({"email": "bia"}, 400, "validation_failed"),
        ({"language": "fr"}, 400, "validation_failed"),
    ],
)
async def test_what_an_invitation_may_not_be(
    ana: Tenant, db: Database, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await invite(ana, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await mail_of(db, ana) is None


async def test_another_tenants_project_is_not_there(ana: Tenant, rui: Tenant) -> None:
    project_id = str(rui.project_id)
    answer = await invite(ana, project_id=project_id, project_role="agent")
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
    assert (await invite(rui)).status_code == 201
    assert (await ana.call("GET", "/v1/invitations")).json()["items"] == []


async def test_a_project_that_is_gone_when_it_is_accepted(ana: Tenant, db: Database) -> None:
    other = (await ana.call("POST", "/v1/projects", json={"name": "Outra"})).json()["id"]
    token = await invited(db, ana, project_id=other, project_role="agent")
    await ana.call("DELETE", f"/v1/projects/{other}")
    answer = await accept(ana, token)
    assert (answer.status_code, answer.json()["code"]) == (422, "invitation_invalid")
    users = (await ana.call("GET", "/v1/users")).json()["items"]
    assert len(users) == 1


async def test_only_admins_invite(ana: Tenant) -> None:
    for role in ("manager", "user", "readonly"):
        body = {"email": "b@x.example", "role": "admin"}
        answer = await ana.call("POST", "/v1/invitations", role=role, json=body)
        assert answer.status_code == 403
