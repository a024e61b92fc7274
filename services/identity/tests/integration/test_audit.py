"""The audit log: complete, filtered, exported, and not to be altered by anybody."""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from platform_postgres import Database

WORD = "long enough for all"


async def make_user(tenant: Any, name: str) -> dict[str, Any]:
    fields = {
        "email": f"{name}@example.com",
        "name": name,
        "password": "long enough 1",
        "role": "user",
    }
    headers = {"user-agent": "probe/1", "x-forwarded-for": "203.0.113.9"}
    answer = await tenant.call("POST", "/v1/users", json=fields, headers=headers)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


async def entries(tenant: Any, **filters: Any) -> list[dict[str, Any]]:
    answer = await tenant.call("GET", "/v1/audit-log", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_change_says_who_what_when_and_from_where(ana: Any) -> None:
    made = await make_user(ana, "ana")
    (found,) = await entries(ana, action="user.created", target_id=made["id"])
    assert UUID(found["id"]).version == 7
    assert found["request_id"]
    assert found | {"id": None, "at": None, "request_id": None} == {
        "id": None,
        "at": None,
        "request_id": None,
        "actor_kind": "user",
        "actor_id": str(ana.seeded.user_id),
        "action": "user.created",
        "target_kind": "user",
        "target_id": made["id"],
        "project_id": str(ana.project_id),
        "address": "203.0.113.9",
        "user_agent": "probe/1",
        "before": None,
        "after": {"email": "ana@example.com", "name": "ana", "role": "user"},
    }


async def test_the_log_is_filtered_and_paged_newest_first(ana: Any) -> None:
    made = [await make_user(ana, name) for name in ("ana", "bruno", "carla")]
    first = (await ana.call("GET", "/v1/audit-log", params={"limit": 2})).json()
    rest = await entries(ana, limit=2, cursor=first["next_cursor"])
    found = [item["target_id"] for item in [*first["items"], *rest]]
    assert found[:3] == [user["id"] for user in reversed(made)]
    last = first["items"][0]["at"]
    assert await entries(ana, since=last, actor_id=str(ana.seeded.user_id))
    assert made[2]["id"] not in {item["target_id"] for item in await entries(ana, until=last)}
    assert await entries(ana, action="user.vanished") == []


async def test_the_export_has_every_entry_a_line(ana: Any) -> None:
    for name in ("ana", "bruno"):
        await make_user(ana, name)
    answer = await ana.call("GET", "/v1/audit-log/export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [msgspec.json.decode(line) for line in answer.text.splitlines()]
    assert lines == await entries(ana, limit=100)


async def test_only_an_admin_reads_it_and_only_the_own_tenants(ana: Any, rui: Any) -> None:
    made = await make_user(ana, "ana")
    assert made["id"] not in {item["target_id"] for item in await entries(rui)}
    for role in ("manager", "user", "readonly"):
        for path in ("/v1/audit-log", "/v1/audit-log/export"):
            assert (await ana.call("GET", path, role=role)).status_code == 403


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"]
)
async def test_nobody_alters_it(ana: Any, db: Database, database: Any, change: str) -> None:
    await make_user(ana, "ana")
    async with db.tenant(ana.id) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.execute(change)
        await tx.execute("ROLLBACK; BEGIN")
    owner = await asyncpg.connect(database.owner_url)
    try:
        for statement in (change, "TRUNCATE audit_entry"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await owner.execute(statement)
    finally:
        await owner.close()
