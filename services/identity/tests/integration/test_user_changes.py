"""Users and the tenant change: rules, events, entries, and everybody's access with them."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from platform_postgres import Database

from ..conftest import Tenant

WORD = "a long password"
HASHED = "argon2"


async def make_user(tenant: Tenant, name: str, role: str = "user") -> dict[str, Any]:
    fields = {"email": f"{name}@x.example", "name": name, "password": WORD, "role": role}
    answer = await tenant.call("POST", "/v1/users", json=fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def patch(tenant: Tenant, user_id: Any, **body: Any) -> httpx.Response:
    return await tenant.call("PATCH", f"/v1/users/{user_id}", json=body)


async def switch(tenant: Tenant, user_id: Any, verb: str) -> httpx.Response:
    return await tenant.call("POST", f"/v1/users/{user_id}/{verb}")


async def told(tenant: Tenant, target_id: Any) -> list[tuple[str, Any, Any]]:
    answer = await tenant.call("GET", "/v1/audit-log", params={"target_id": str(target_id)})
    items = answer.json()["items"][::-1]
    return [(item["action"], item["before"], item["after"]) for item in items]


async def said(events: list[dict[str, Any]], subject: str) -> list[tuple[str, int]]:
    return [(e["type"], e["sequence"]) for e in events if e["subject"] == subject]


async def test_the_life_of_a_user_its_events_and_its_entries(
    ana: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    user = await make_user(ana, "bia")
    for _ in range(2):
        changed = await patch(ana, user["id"], name="Bia Reis", role="admin")
        assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (changed.json()["name"], changed.json()["role"]) == ("Bia Reis", "admin")
    for _ in range(2):
        disabled = await switch(ana, user["id"], "disable")
        assert (disabled.status_code, disabled.json()["active"]) == (200, False)
    assert (await switch(ana, user["id"], "enable")).json()["version"] == 4
    read = await ana.call("GET", f"/v1/users/{user['id']}")
    assert (read.json()["active"], read.json()["email"]) == (True, "bia@x.example")

    events = await outbox(ana.id)
    assert await said(events, user["id"]) == [
        ("user.created.v1", 1),
        ("user.updated.v1", 2),
        ("user.disabled.v1", 3),
        # The same id: what the gateways refuse.
        ("access.revoked.v1", 1),
        ("user.enabled.v1", 4),
    ]
    by = {
        value
        for event in events
        if event["subject"] == user["id"]
        for name, value in event["data"].items()
        if name.endswith("_by")
    }
    assert by == {str(ana.seeded.user_id)}
    made = {"email": "bia@x.example", "name": "bia", "role": "user"}
    first = {"name": "bia", "role": "user", "active": True}
    second = {"name": "Bia Reis", "role": "admin", "active": True}
    third = {**second, "active": False}
    assert await told(ana, user["id"]) == [
        ("user.created", None, made),
        ("user.updated", first, second),
        ("user.disabled", second, third),
        ("user.enabled", third, second),
    ]
    assert HASHED not in str(events)


async def test_disabling_ends_every_sign_in_at_once(
    ana: Tenant, db: Database, outbox: Callable[[UUID], Any]
) -> None:
    body = {"email": "bia@x.example", "password": WORD}
    user = await make_user(ana, "bia", "admin")
    transport = httpx.ASGITransport(app=ana.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as http:
        signed_in = [(await http.post("/v1/auth/sign-in", json=body)).json() for _ in range(2)]
        await switch(ana, user["id"], "disable")
        for one in signed_in:
            token = {"refresh_token": one["refresh_token"]}
            assert (await http.post("/v1/auth/refresh", json=token)).status_code == 401
        refused = await http.post("/v1/auth/sign-in", json=body)
        assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")
        await switch(ana, user["id"], "enable")
        assert (await http.post("/v1/auth/sign-in", json=body)).status_code == 200
        token = {"refresh_token": signed_in[0]["refresh_token"]}
        assert (await http.post("/v1/auth/refresh", json=token)).status_code == 401
    revoked = {
        (event["data"]["what"], event["data"]["id"])
        for event in await outbox(ana.id)
        if event["type"] == "access.revoked.v1"
    }
    assert revoked == {
        ("user", user["id"]), *(("sign_in", one["sign_in_id"]) for one in signed_in),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("role", "to", "revoked"),
    [("manager", "user", True), ("user", "admin", False), ("user", "readonly", True)],
)
async def test_tokens_that_hold_more_than_the_new_role_are_refused(
    ana: Tenant, outbox: Callable[[UUID], Any], role: str, to: str, revoked: bool
) -> None:
    user = await make_user(ana, "bia", role)
    await patch(ana, user["id"], role=to)
    types = {event["type"] for event in await outbox(ana.id)}
    assert ("access.revoked.v1" in types) == revoked


async def test_the_last_active_admin_stays(ana: Tenant) -> None:
    me = ana.seeded.user_id
    other = await make_user(ana, "bia", "admin")
    assert (await switch(ana, other["id"], "disable")).status_code == 200
    for answer in (
        await patch(ana, me, role="manager"),
        await switch(ana, me, "disable"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    assert (await patch(ana, me, name="Ana Reis", role="admin")).status_code == 200
    assert (await switch(ana, other["id"], "enable")).status_code == 200
    assert (await patch(ana, me, role="manager")).status_code == 200


@pytest.mark.parametrize(
    "verbs", [("demote", "demote"), ("disable", "disable"), ("demote", "disable")]
)
async def test_two_admins_who_take_each_other_out_at_once(
    ana: Tenant, db: Database, verbs: tuple[str, str]
) -> None:
    other = await make_user(ana, "bia", "admin")

    async def take_out(user_id: Any, verb: str) -> httpx.Response:
        if verb == "demote":
            return await patch(ana, user_id, role="user")
        return await switch(ana, user_id, verb)

    for _ in range(5):
        answers = await asyncio.gather(
            take_out(ana.seeded.user_id, verbs[0]), take_out(other["id"], verbs[1])
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        async with db.tenant(ana.id) as tx:
            left = await tx.fetchval(
                "SELECT count(*) FROM user_account WHERE role = 'admin' AND active"
            )
            assert left == 1
            await tx.execute("UPDATE user_account SET role = 'admin', active = true")


async def test_who_does_not_manage_users_changes_the_own_name_alone(ana: Tenant) -> None:
    bia = await make_user(ana, "bia", "admin")

    async def as_user(user_id: Any, **body: Any) -> httpx.Response:
        return await ana.call("PATCH", f"/v1/users/{user_id}", role="user", json=body)

    me = ana.seeded.user_id
    assert (await as_user(me, name="Ana Lima")).json()["name"] == "Ana Lima"
    for answer in (
        await as_user(me, role="manager"),
        await as_user(me, name="Ana", role="readonly"),
        await as_user(bia["id"], name="Bruna"),
        await as_user(bia["id"], role="readonly"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    for role in ("user", "manager", "readonly"):
        for verb in ("disable", "enable"):
            answer = await ana.call("POST", f"/v1/users/{bia['id']}/{verb}", role=role)
            assert answer.status_code == 403


async def test_nobody_of_another_tenant_is_changed(ana: Tenant, rui: Tenant) -> None:
    for user_id in (rui.seeded.user_id, uuid4()):
        for answer in (
            await patch(ana, user_id, name="X"),
            await switch(ana, user_id, "disable"),
            await switch(ana, user_id, "enable"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")
    me = await rui.call("GET", f"/v1/users/{rui.seeded.user_id}")
    assert (me.json()["active"], me.json()["version"]) == (True, 1)


@pytest.mark.parametrize(
    "body", [{"role": "root"}, {"name": ""}, {"name": None}, {"email": "x@y.example"},
             {"active": False}, {"password": WORD}],
)  # fmt: skip
async def test_what_a_change_may_not_be(ana: Tenant, body: dict[str, Any]) -> None:
    answer = await patch(ana, ana.seeded.user_id, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


async def test_the_tenant_gets_another_name(
    ana: Tenant, rui: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    for _ in range(2):
        answer = await ana.call("PATCH", "/v1/tenant", json={"name": "Ana SA"})
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert (await ana.call("GET", "/v1/tenant")).json()["name"] == "Ana SA"
    assert (await rui.call("GET", "/v1/tenant")).json()["name"] == "Rui SA"
    (event,) = [e for e in await outbox(ana.id) if e["type"] == "customer.updated.v1"]
    assert (event["data"]["name"], event["sequence"]) == ("Ana SA", 2)
    assert await told(ana, ana.id) == [("tenant.updated", {"name": "Ana Ltda"}, {"name": "Ana SA"})]
    for role in ("manager", "user", "readonly"):
        answer = await ana.call("PATCH", "/v1/tenant", role=role, json={"name": "X"})
        assert answer.status_code == 403
