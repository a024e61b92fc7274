import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from platform_postgres import Database
from ventros_identity.commands import mail
from ventros_identity.domain.mail import Letter
from ventros_identity.store import tenants

from ..conftest import VAULT, Tenant


async def create(tenant: Tenant, **change: Any) -> dict[str, Any]:
    answer = await tenant.call("POST", "/v1/projects", json={"name": "Nova", **change})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_the_life_of_a_project_and_its_events(
    ana: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    made = await create(ana, time_zone="America/Recife", session_timeout_minutes=2.5)
    path = f"/v1/projects/{made['id']}"
    assert (await ana.call("GET", path)).json() == made
    assert made["customer_id"] == str(ana.id)

    changed = await ana.call("PATCH", path, json={"session_timeout_minutes": None, "name": "Velha"})
    assert changed.json() == {
        **made, "session_timeout_minutes": None, "name": "Velha", "version": 2,
        "updated_at": changed.json()["updated_at"],
    }  # fmt: skip
    same = await ana.call("PATCH", path, json={"name": "Velha"})
    assert same.json() == changed.json()

    assert (await ana.call("DELETE", path)).status_code == 204
    for method in ("GET", "DELETE"):
        answer = await ana.call(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
    assert (await ana.call("PATCH", path, json={"name": "X"})).status_code == 404

    events = [event for event in await outbox(ana.id) if event["subject"] == made["id"]]
    assert [(event["type"], event["sequence"]) for event in events] == [
        ("project.created.v1", 1), ("project.updated.v1", 2), ("project.deleted.v1", 3),
    ]  # fmt: skip
    assert {event["projectid"] for event in events} == {made["id"]}
    assert {event["tenantid"] for event in events} == {str(ana.id)}
    assert events[0]["data"]["session_timeout_minutes"] == 2.5
    assert events[0]["data"]["time_zone"] == "America/Recife"
    assert events[1]["data"].get("session_timeout_minutes") is None
    assert events[2]["data"] == {"project_id": made["id"]}


async def test_who_decides_about_the_tenant_keeps_nobody_from_adding_rows_to_it(
    db: Database, ana: Tenant
) -> None:
    letter = Letter(subject="x", body="x")
    async with db.tenant(ana.id) as deciding:
        await tenants.lock(deciding, ana.id)
        async with db.tenant(ana.id) as tx:
            await tx.execute("SET LOCAL lock_timeout = '2s'")
            await mail.write(tx, VAULT, ana.id, "ana@ana.example", letter)
            await tx.execute("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await tenants.lock(tx, ana.id)


async def test_the_audit_log_tells_of_a_projects_life(ana: Tenant) -> None:
    made = await create(ana)
    path = f"/v1/projects/{made['id']}"
    await ana.call("PATCH", path, json={"active": False})
    await ana.call("DELETE", path)
    answer = await ana.call("GET", "/v1/audit-log", params={"target_id": made["id"]})
    told = {item["action"]: item["after"] for item in answer.json()["items"]}
    assert told == {
        "project.created": {"name": "Nova", "active": True},
        "project.updated": {"active": False},
        "project.deleted": None,
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "X", "time_zone": "Mars/Olympus"}, 422, "unknown_time_zone"),
        ({"name": "X", "time_zone": "-03:00"}, 422, "unknown_time_zone"),
        ({"name": "X", "session_timeout_minutes": 0}, 400, "validation_failed"),
        ({"name": "X", "session_timeout_minutes": 100_000}, 400, "validation_failed"),
        ({"name": "X", "session_timeout_minutes": "5"}, 400, "validation_failed"),
        ({"name": "X", "tenant_id": str(uuid4())}, 400, "validation_failed"),
        ({"name": "a\0b"}, 422, "invalid_text"),
    ],
)
async def test_what_a_project_may_not_be(
    ana: Tenant, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await ana.call("POST", "/v1/projects", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_last_project_stays_also_when_two_are_deleted_at_once(ana: Tenant) -> None:
    other = await create(ana)
    answers = await asyncio.gather(
        ana.call("DELETE", f"/v1/projects/{other['id']}"),
        ana.call("DELETE", f"/v1/projects/{ana.project_id}"),
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    left = (await ana.call("GET", "/v1/projects")).json()["items"]
    assert len(left) == 1


async def test_pages_show_every_project_of_the_tenant_once(ana: Tenant, rui: Tenant) -> None:
    made = {(await create(ana, name=f"P{number}"))["id"] for number in range(5)}
    seen: list[str] = []
    query = "?limit=2"
    while True:
        page = (await ana.call("GET", f"/v1/projects{query}")).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"?limit=2&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 6
    assert set(seen) == made | {str(ana.project_id)}
    assert str(rui.project_id) not in seen

    await ana.call("PATCH", f"/v1/projects/{seen[0]}", json={"active": False})
    active = (await ana.call("GET", "/v1/projects?active=true")).json()["items"]
    assert seen[0] not in {item["id"] for item in active}
    assert len(active) == 5
