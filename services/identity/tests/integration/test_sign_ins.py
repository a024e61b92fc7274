"""Where one is signed in: listed, ended by oneself and by an admin, told to the edge."""

from typing import Any
from uuid import uuid4

import pytest

from platform_postgres import Database
from ventros_identity.store import revocations

from ..conftest import Tenant

MINE = "/v1/me/sign-ins"


async def listed(tenant: Tenant, path: str = MINE) -> list[dict[str, Any]]:
    answer = await tenant.call("GET", path)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def revoked(outbox: Any, tenant: Tenant) -> list[str]:
    events = await outbox(tenant.id)
    return [one["data"]["id"] for one in events if one["type"] == "access.revoked.v1"]


async def audited(tenant: Tenant) -> list[tuple[str, str]]:
    answer = await tenant.call("GET", "/v1/audit-log")
    return [(item["action"], item["target_id"]) for item in reversed(answer.json()["items"])]


async def test_the_list_shows_the_device_and_which_is_the_current_one(ana: Tenant) -> None:
    first = await ana.sign_in()
    second = await ana.sign_in()
    items = await listed(ana)
    assert [item["id"] for item in items] == [second["sign_in_id"], first["sign_in_id"]]
    assert [item["current"] for item in items] == [True, False]
    assert items[0]["device"].startswith("python-httpx")
    page = (await ana.call("GET", MINE, params={"limit": 1})).json()
    rest = (await ana.call("GET", MINE, params={"cursor": page["next_cursor"]})).json()
    assert [*page["items"], *rest["items"]] == items


async def test_sign_out_ends_this_one_alone(ana: Tenant, outbox: Any) -> None:
    kept, gone = await ana.sign_in(), await ana.sign_in()
    for _ in range(2):
        assert (await ana.call("POST", "/v1/auth/sign-out")).status_code == 204
    assert await revoked(outbox, ana) == [gone["sign_in_id"]]
    assert [item["id"] for item in await listed(ana)] == [kept["sign_in_id"]]
    assert (await audited(ana))[-3:] == [
        ("sign_in.started", kept["sign_in_id"]),
        ("sign_in.started", gone["sign_in_id"]),
        ("sign_in.ended", gone["sign_in_id"]),
    ]


async def test_a_token_without_a_sign_in_cannot_sign_out(ana: Tenant) -> None:
    answer = await ana.call("POST", "/v1/auth/sign-out")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_sign_in")


async def test_sign_out_everywhere_leaves_none(
    ana: Tenant, rui: Tenant, db: Database, outbox: Any
) -> None:
    mine = [await ana.sign_in() for _ in range(3)]
    await rui.sign_in()
    assert (await ana.call("POST", "/v1/auth/sign-out-everywhere")).status_code == 204
    assert await revoked(outbox, ana) == sorted(one["sign_in_id"] for one in mine)
    assert await revoked(outbox, rui) == []
    assert await listed(ana) == []
    assert len(await listed(rui)) == 1
    for one in mine:
        answer = await ana.call(
            "POST", "/v1/auth/refresh", json={"refresh_token": one["refresh_token"]}
        )
        assert answer.status_code == 401
    async with db.system() as tx:
        known = await revocations.page(tx, what=["sign_in"], after=None, limit=2)
        last = (known[-1].matters_until, known[-1].id)
        rest = await revocations.page(tx, what=["sign_in"], after=last, limit=2)
    assert sorted(str(one.id) for one in [*known, *rest]) == sorted(
        one["sign_in_id"] for one in mine
    )


@pytest.mark.parametrize("path", [MINE, "/v1/users/{user_id}/sign-ins"])
async def test_one_of_them_is_ended_once(ana: Tenant, outbox: Any, path: str) -> None:
    gone, kept = await ana.sign_in(), await ana.sign_in()
    base = path.format(user_id=ana.seeded.user_id)
    there = f"{base}/{gone['sign_in_id']}"
    assert (await ana.call("DELETE", there)).status_code == 204
    again = await ana.call("DELETE", there)
    assert (again.status_code, again.json()["code"]) == (404, "sign_in_not_found")
    assert await revoked(outbox, ana) == [gone["sign_in_id"]]
    assert [item["id"] for item in await listed(ana, base)] == [kept["sign_in_id"]]


async def test_an_admin_sees_only_users_of_the_own_tenant(ana: Tenant, rui: Tenant) -> None:
    theirs = await rui.sign_in()
    for user_id in (rui.seeded.user_id, uuid4()):
        for method, path in (("GET", ""), ("DELETE", f"/{theirs['sign_in_id']}")):
            answer = await ana.call(method, f"/v1/users/{user_id}/sign-ins{path}")
            assert answer.status_code == 404
    assert (await ana.call("DELETE", f"{MINE}/{theirs['sign_in_id']}")).status_code == 404
    assert len(await listed(rui)) == 1


async def test_a_failed_sign_in_of_a_known_user_is_in_the_log(ana: Tenant) -> None:
    for email in ("ana@ana.example", "nobody@ana.example"):
        credentials = {"email": email, "password": "wrong"}
        answer = await ana.call(
            "POST", "/v1/auth/sign-in", json=credentials, headers={"x-forwarded-for": "203.0.113.9"}
        )
        assert answer.status_code == 401
    log = (await ana.call("GET", "/v1/audit-log", params={"action": "sign_in.failed"})).json()
    (entry,) = log["items"]
    assert entry["target_id"] == str(ana.seeded.user_id)
    assert entry["address"] == "203.0.113.9"
