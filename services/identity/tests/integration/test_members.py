"""Members of a project: who may enter, what their changes say, and whom they concern."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from platform_auth.access import verify_access_token
from platform_auth.keys import thumbprint
from platform_auth.project_matrix import ProjectRole
from ventros_identity.commands.members import loses

from ..conftest import ISSUER, Tenant

WORD = "a long password"


async def make_user(tenant: Tenant, name: str, role: str = "user") -> dict[str, Any]:
    fields = {"email": f"{name}@x.example", "name": name, "password": WORD, "role": role}
    answer = await tenant.call("POST", "/v1/users", json=fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def add(
    tenant: Tenant,
    user_id: str,
    role: str = "agent",
    *,
    project_id: Any = None,
    caller: str = "admin",
) -> httpx.Response:
    path = f"/v1/projects/{project_id or tenant.project_id}/members"
    return await tenant.call("POST", path, role=caller, json={"user_id": user_id, "role": role})


async def sign_in(tenant: Tenant, name: str, project_id: str | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app=tenant.app, raise_app_exceptions=False)
    body = {"email": f"{name}@x.example", "password": WORD}
    if project_id is not None:
        body["project_id"] = project_id
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.post("/v1/auth/sign-in", json=body)


async def refresh(tenant: Tenant, token: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=tenant.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.post("/v1/auth/refresh", json={"refresh_token": token})


async def other_project(tenant: Tenant) -> str:
    made = await tenant.call("POST", "/v1/projects", json={"name": "Outra"})
    return str(made.json()["id"])


async def told(tenant: Tenant, target_id: str) -> list[dict[str, Any]]:
    answer = await tenant.call("GET", "/v1/audit-log", params={"target_id": target_id})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items[::-1]


async def test_the_life_of_a_member_its_events_and_its_entries(
    ana: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    user = await make_user(ana, "bia")
    made = await add(ana, user["id"])
    assert made.status_code == 201, made.text
    member = made.json()
    assert (member["name"], member["role"], member["invited_by"]) == (
        "bia", "agent", str(ana.seeded.user_id),
    )  # fmt: skip
    path = f"/v1/projects/{ana.project_id}/members/{member['id']}"
    assert (await ana.call("GET", path)).json() == member
    listed = await ana.call("GET", f"/v1/projects/{ana.project_id}/members")
    assert listed.json()["items"] == [member]

    for _ in range(2):
        changed = await ana.call("PATCH", path, json={"role": "viewer"})
        assert (changed.json()["role"], changed.json()["version"]) == ("viewer", 2)
    assert (await ana.call("DELETE", path)).status_code == 204
    for method, body in (("GET", {}), ("DELETE", {}), ("PATCH", {"json": {"role": "agent"}})):
        gone = await ana.call(method, path, **body)
        assert (gone.status_code, gone.json()["code"]) == (404, "member_not_found")

    events = [event for event in await outbox(ana.id) if event["subject"] == member["id"]]
    assert [(event["type"], event["sequence"]) for event in events] == [
        ("project_member.invited.v1", 1),
        ("project_member.role_changed.v1", 2),
        ("project_member.removed.v1", 3),
    ]
    assert {event["data"]["agent_id"] for event in events} == {user["id"]}
    assert {event["projectid"] for event in events} == {str(ana.project_id)}
    entries = await told(ana, member["id"])
    assert [(item["action"], item["before"], item["after"]) for item in entries] == [
        ("project_member.invited", None, shown(ana, user, "agent")),
        ("project_member.role_changed", shown(ana, user, "agent"), shown(ana, user, "viewer")),
        ("project_member.removed", shown(ana, user, "viewer"), None),
    ]


def shown(tenant: Tenant, user: dict[str, Any], role: str) -> dict[str, str]:
    return {"project_id": str(tenant.project_id), "user_id": user["id"], "role": role}


@pytest.mark.parametrize(
    ("before", "after", "less"),
    [
        ("agent", "supervisor", False), ("supervisor", "agent", True), ("agent", None, True),
        ("viewer", "agent", True), ("viewer", "admin", False), ("agent", "agent", False),
    ],
)  # fmt: skip
def test_what_is_taken_away(before: Any, after: Any, less: bool) -> None:
    assert loses("user", before, after) == less
    for role in ("admin", "manager"):
        assert not loses(role, before, after)
    assert all(not loses("readonly", one.value, "admin") for one in ProjectRole)


async def test_older_tokens_of_who_loses_something_are_refused(
    ana: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    async def revoked() -> list[tuple[str, str]]:
        events = await outbox(ana.id)
        return [
            (event["data"]["what"], event["data"]["id"])
            for event in events
            if event["type"] == "access.revoked.v1"
        ]

    user = await make_user(ana, "bia")
    path = f"/v1/projects/{ana.project_id}/members/"
    path += (await add(ana, user["id"])).json()["id"]
    await ana.call("PATCH", path, json={"role": "supervisor"})
    assert await revoked() == []
    await ana.call("PATCH", path, json={"role": "agent"})
    assert await revoked() == [("user", user["id"])]
    await ana.call("DELETE", path)
    assert await revoked() == [("user", user["id"])] * 2


@pytest.mark.parametrize("role", ["user", "readonly"])
async def test_without_a_membership_nobody_enters_a_project(ana: Tenant, role: str) -> None:
    user = await make_user(ana, "bia", role)
    answer = await sign_in(ana, "bia")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_project")
    named = await sign_in(ana, "bia", str(ana.project_id))
    assert (named.status_code, named.json()["code"]) == (401, "invalid_credentials")

    other = await other_project(ana)
    member = (await add(ana, user["id"], project_id=other)).json()
    entered = await sign_in(ana, "bia")
    assert (entered.status_code, entered.json()["project_id"]) == (200, other)
    assert (await sign_in(ana, "bia", str(ana.project_id))).status_code == 401

    await ana.call("DELETE", f"/v1/projects/{other}/members/{member['id']}")
    assert (await sign_in(ana, "bia")).status_code == 403


@pytest.mark.parametrize("role", ["admin", "manager"])
async def test_admins_and_managers_enter_every_project(ana: Tenant, role: str) -> None:
    await make_user(ana, "bia", role)
    other = await other_project(ana)
    assert (await sign_in(ana, "bia")).json()["project_id"] == str(ana.project_id)
    assert (await sign_in(ana, "bia", other)).json()["project_id"] == other


async def test_the_token_carries_both_roles_and_a_refresh_what_is_so_then(
    ana: Tenant, signing_keys: list[Any]
) -> None:
    def roles(body: dict[str, Any]) -> tuple[str, str | None]:
        keys = {thumbprint(key.public_key()): key.public_key() for key in signing_keys}
        claims = verify_access_token(body["access_token"], keys=keys, issuer=ISSUER)
        assert (claims.role, claims.project_role) == (body["role"], body["project_role"])
        return claims.role, claims.project_role

    user = await make_user(ana, "bia")
    path = f"/v1/projects/{ana.project_id}/members/"
    path += (await add(ana, user["id"], "supervisor")).json()["id"]
    body = (await sign_in(ana, "bia")).json()
    assert roles(body) == ("user", "supervisor")
    await ana.call("PATCH", path, json={"role": "agent"})
    refreshed = await refresh(ana, body["refresh_token"])
    assert roles(refreshed.json()) == ("user", "agent")
    await ana.call("DELETE", path)
    assert (await refresh(ana, refreshed.json()["refresh_token"])).status_code == 401
    assert roles(await ana.sign_in()) == ("admin", None)


async def test_who_cannot_become_a_member(ana: Tenant, rui: Tenant) -> None:
    user = await make_user(ana, "bia")
    stranger = await make_user(rui, "caio")
    for user_id in (stranger["id"], str(uuid4())):
        answer = await add(ana, user_id)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_user")
    answer = await add(ana, user["id"], role="owner")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    for project_id in (rui.project_id, uuid4()):
        answer = await add(ana, user["id"], project_id=project_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


async def test_added_twice_at_once_it_is_one_member(ana: Tenant) -> None:
    user = await make_user(ana, "bia")
    answers = await asyncio.gather(*(add(ana, user["id"]) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"already_member"}


async def test_a_member_is_found_in_its_own_project_alone(ana: Tenant, rui: Tenant) -> None:
    user = await make_user(ana, "bia")
    member = (await add(ana, user["id"])).json()
    other = await other_project(ana)
    for tenant, project_id in ((ana, other), (rui, rui.project_id), (rui, ana.project_id)):
        path = f"/v1/projects/{project_id}/members/{member['id']}"
        for method, body in (("GET", {}), ("DELETE", {}), ("PATCH", {"json": {"role": "admin"}})):
            assert (await tenant.call(method, path, **body)).status_code == 404
    assert (await ana.call("GET", f"/v1/projects/{ana.project_id}/members")).json()["items"]


@pytest.mark.parametrize("role", ["user", "readonly"])
async def test_a_members_reach_ends_with_the_tokens_project(ana: Tenant, role: str) -> None:
    user = await make_user(ana, "bia")
    other = await other_project(ana)
    member = (await add(ana, user["id"], project_id=other)).json()
    for path in (f"/v1/projects/{other}/members", f"/v1/projects/{other}/members/{member['id']}"):
        answer = await ana.call("GET", path, role=role)
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
        assert (await ana.call("GET", path, role="manager")).status_code == 200
    if role == "user":
        assert (await add(ana, user["id"], project_id=other, caller="user")).status_code == 404


async def test_members_are_paged(ana: Tenant) -> None:
    for name in ("bia", "caio", "davi"):
        await add(ana, (await make_user(ana, name))["id"])
    path = f"/v1/projects/{ana.project_id}/members"
    first = (await ana.call("GET", path, params={"limit": 2})).json()
    rest = await ana.call("GET", path, params={"limit": 2, "cursor": first["next_cursor"]})
    names = [item["name"] for item in [*first["items"], *rest.json()["items"]]]
    assert names == ["bia", "caio", "davi"]
