"""A new customer comes by itself; and people go from project to project."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar

from platform_auth.access import verify_access_token
from platform_auth.keys import thumbprint
from platform_core.settings import load
from platform_postgres import Database
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.invitation import SignUpClosed
from ventros_identity.http.sign_up import SignUpRequest, sign_up
from ventros_identity.settings import AdmissionSettings

from ..conftest import ISSUER, PASSWORD, Tenant

NEW = {
    "company": "Móveis Aurora",
    "time_zone": "America/Sao_Paulo",
    "name": "Bia",
    "email": "Bia@Aurora.example",
    "password": "a long password",
}


async def post(app: Litestar, path: str, body: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.post(path, json=body)


async def test_a_tenant_with_a_project_and_an_admin_in_one_go(
    app: Litestar, db: Database, outbox: Callable[[UUID], Any]
) -> None:
    answer = await post(app, "/v1/sign-up", NEW)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    events = await outbox(UUID(made["tenant_id"]))
    assert [(event["type"], event["subject"], event["sequence"]) for event in events] == [
        ("customer.created.v1", made["tenant_id"], 1),
        ("project.created.v1", made["project_id"], 1),
        ("user.created.v1", made["user_id"], 1),
    ]
    assert events[0]["data"]["name"] == events[1]["data"]["name"] == "Móveis Aurora"
    assert events[1]["data"]["time_zone"] == "America/Sao_Paulo"
    assert (events[2]["data"]["email"], events[2]["data"]["role"]) == (
        "bia@aurora.example",
        "admin",
    )
    assert {event["projectid"] for event in events} == {made["project_id"]}
    async with db.tenant(UUID(made["tenant_id"])) as tx:
        told = await tx.fetch("SELECT action, actor_id, after FROM audit_entry")
    assert sorted(row["action"] for row in told) == ["tenant.created", "user.created"]
    assert {str(row["actor_id"]) for row in told} == {made["user_id"]}
    assert "argon2" not in str(events) + str(told)
    body = {"email": NEW["email"], "password": NEW["password"]}
    signed_in = await post(app, "/v1/auth/sign-in", body)
    assert signed_in.json()["tenant_id"] == made["tenant_id"]
    assert signed_in.json()["role"] == "admin"


async def test_it_does_not_tell_whether_an_address_is_known(app: Litestar, ana: Tenant) -> None:
    known = await post(app, "/v1/sign-up", {**NEW, "email": "ana@ana.example"})
    unknown = await post(app, "/v1/sign-up", NEW)
    assert known.status_code == unknown.status_code == 201
    assert set(known.json()) == set(unknown.json())
    assert known.json()["tenant_id"] != str(ana.id)
    # Ana's own account is what it was.
    answer = await post(app, "/v1/auth/sign-in", {"email": "ana@ana.example", "password": PASSWORD})
    assert answer.json()["tenant_id"] == str(ana.id)


@pytest.mark.parametrize(("text", "opened"), [("", True), ("true", True), ("false", False)])
async def test_it_can_be_switched_off(app: Litestar, text: str, opened: bool) -> None:
    admission = load(AdmissionSettings, {"VENTROS_SIGN_UP": text}).admission
    assert admission.sign_up == opened
    handler: Any = sign_up.fn
    request = msgspec.convert(NEW, SignUpRequest)
    if not opened:
        # Nothing is looked at, nothing is hashed.
        with pytest.raises(SignUpClosed):
            await handler(data=request, signing=None, admission=admission, origin=Origin())


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, 422, "unknown_time_zone"),
        ({"email": "bia"}, 400, "validation_failed"),
        ({"password": "short"}, 400, "validation_failed"),
        ({"company": ""}, 400, "validation_failed"),
        ({"role": "admin"}, 400, "validation_failed"),
        ({"tenant_id": str(uuid4())}, 400, "validation_failed"),
    ],
)
async def test_what_is_refused_leaves_nothing(
    app: Litestar, db: Database, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await post(app, "/v1/sign-up", {**NEW, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "a long password" not in answer.text
    async with db.system() as tx:
        assert await tx.fetchval("SELECT count(tenant_id) FROM tenant") == 0


async def test_many_at_once_are_as_many_tenants(app: Litestar) -> None:
    answers = await asyncio.gather(*(post(app, "/v1/sign-up", NEW) for _ in range(4)))
    assert len({answer.json()["tenant_id"] for answer in answers}) == 4


async def other_project(tenant: Tenant) -> str:
    made = await tenant.call("POST", "/v1/projects", json={"name": "Outra"})
    return str(made.json()["id"])


async def switch(tenant: Tenant, project_id: Any, role: str = "admin") -> httpx.Response:
    body = {"project_id": str(project_id)}
    return await tenant.call("POST", "/v1/auth/switch-project", role=role, json=body)


async def test_a_sign_in_goes_on_in_another_project(
    app: Litestar, ana: Tenant, signing_keys: list[Any]
) -> None:
    signed_in = await ana.sign_in()
    other = await other_project(ana)
    answer = await switch(ana, other)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    keys = {thumbprint(key.public_key()): key.public_key() for key in signing_keys}
    claims = verify_access_token(answer.json()["access_token"], keys=keys, issuer=ISSUER)
    assert (str(claims.pid), claims.tid, claims.sid) == (other, ana.id, ana.sign_in_id)
    token = {"refresh_token": signed_in["refresh_token"]}
    refreshed = await post(app, "/v1/auth/refresh", token)
    assert refreshed.json()["project_id"] == other
    told = await ana.call("GET", "/v1/audit-log", params={"action": "sign_in.switched_project"})
    (item,) = told.json()["items"]
    assert (item["before"], item["after"]) == (
        {"project_id": str(ana.project_id)}, {"project_id": other},
    )  # fmt: skip


async def test_nobody_goes_where_they_may_not(ana: Tenant, rui: Tenant) -> None:
    inactive = await other_project(ana)
    await ana.call("PATCH", f"/v1/projects/{inactive}", json={"active": False})
    for project_id in (inactive, rui.project_id, uuid4()):
        answer = await switch(ana, project_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


async def test_a_member_goes_to_the_own_projects_alone(
    app: Litestar, db: Database, ana: Tenant
) -> None:
    other, third = await other_project(ana), await other_project(ana)
    async with db.tenant(ana.id) as tx:
        await tx.execute("UPDATE user_account SET role = 'user'")
    user = str(ana.seeded.user_id)
    for project_id in (ana.project_id, other):
        path = f"/v1/projects/{project_id}/members"
        made = await ana.call("POST", path, json={"user_id": user, "role": "agent"})
        assert made.status_code == 201
    assert (await switch(ana, other, "user")).json()["project_role"] == "agent"
    assert (await switch(ana, third, "user")).status_code == 404
    mine = (await ana.call("GET", "/v1/me/projects", role="user")).json()["items"]
    assert [(item["id"], item["project_role"]) for item in mine] == [
        (str(ana.project_id), "agent"), (other, "agent"),
    ]  # fmt: skip
    everywhere = (await ana.call("GET", "/v1/me/projects", role="manager")).json()["items"]
    assert [item["id"] for item in everywhere] == [str(ana.project_id), other, third]
