"""API keys: made once, shown once, narrowed, revoked; and what a gateway is told of a use."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from structlog.testing import capture_logs

from platform_auth import api_keys as text
from platform_auth.scopes import SCOPES
from platform_postgres import Database

from ..conftest import Tenant

KEYS = "/v1/api-keys"
READ = ["contact:list", "contact:read"]


async def make(tenant: Tenant, **change: Any) -> httpx.Response:
    body = {"name": "Shop", "scopes": READ, "expires_in_days": 30, **change}
    headers = {"Idempotency-Key": str(uuid4())}
    return await tenant.call("POST", KEYS, json=body, headers=headers)


async def made(tenant: Tenant, **change: Any) -> tuple[str, str]:
    """Id and text of a new key."""
    answer = await make(tenant, **change)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return body["key"]["id"], body["secret"]


async def verify(tenant: Tenant, secret: str, address: str | None = "198.51.100.7") -> Any:
    """What identity says to a gateway that was shown this key."""
    given = text.read(secret)
    assert given is not None
    body = {"id": str(given.id), "secret_sha256": given.secret_hash.hex(), "address": address}
    transport = httpx.ASGITransport(app=tenant.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        answer = await client.post("/internal/api-keys/verify", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def owner_does(database: Any, statement: str) -> None:
    owner = await asyncpg.connect(database.owner_url)
    try:
        await owner.execute("ALTER TABLE api_key NO FORCE ROW LEVEL SECURITY")
        await owner.execute(statement)
        await owner.execute("ALTER TABLE api_key FORCE ROW LEVEL SECURITY")
    finally:
        await owner.close()


async def told(tenant: Tenant) -> list[dict[str, Any]]:
    answer = await tenant.call("GET", "/v1/audit-log", params={"limit": 100})
    return [item for item in answer.json()["items"] if item["target_kind"] == "api_key"][::-1]


async def test_a_key_is_made_and_lets_its_program_into_its_project(
    ana: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    answer = await make(ana, scopes=["contact:read", "contact:list", "contact:read"])
    assert answer.status_code == 201, answer.text
    key, secret = answer.json()["key"], answer.json()["secret"]
    assert (key["name"], key["scopes"], key["state"]) == ("Shop", READ, "active")
    assert (key["project_id"], key["created_by"]) == (str(ana.project_id), str(ana.seeded.user_id))
    assert (key["never_expires"], key["last_used_at"]) == (False, None)
    given = text.read(secret)
    assert given is not None
    assert str(given.id) == key["id"]
    assert await verify(ana, secret) == {
        "verdict": "good",
        "key": {
            "tenant_id": str(ana.id),
            "project_id": str(ana.project_id),
            "scopes": READ,
            "expires_at": key["expires_at"],
            "version": 1,
        },
    }
    event = (await outbox(ana.id))[-1]
    assert (event["type"], event["data"]["scopes"]) == ("api_key.created.v1", READ)
    entries = await told(ana)
    assert [entry["action"] for entry in entries] == ["api_key.created"]
    assert entries[0]["after"]["scopes"] == READ


async def test_the_secret_is_shown_once_and_kept_nowhere(
    ana: Tenant, db: Database, outbox: Callable[[UUID], Any], database: Any
) -> None:
    with capture_logs() as logs:
        headers = {"Idempotency-Key": str(uuid4())}
        body = {"name": "Shop", "scopes": READ}
        answer = await ana.call("POST", KEYS, json=body, headers=headers)
        key_id, secret = answer.json()["key"]["id"], answer.json()["secret"]
        again = await ana.call("POST", KEYS, json=body, headers=headers)
        shown = [
            await ana.call("GET", KEYS),
            await ana.call("GET", f"{KEYS}/{key_id}"),
            await ana.call("PATCH", f"{KEYS}/{key_id}", json={"name": secret[:40]}),
            await ana.call("GET", "/v1/audit-log"),
        ]
        await verify(ana, secret)
    assert (again.status_code, again.json()["code"]) == (409, "answer_shown_once")
    canary = secret[41:84]
    seen = [again.text, *(each.text for each in shown), str(logs), str(await outbox(ana.id))]
    owner = await asyncpg.connect(database.owner_url)
    try:
        tables = await owner.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for table in tables:
            await owner.execute(f"ALTER TABLE {table['name']} NO FORCE ROW LEVEL SECURITY")
            seen += [str(dict(row)) for row in await owner.fetch(f"SELECT * FROM {table['name']}")]
    finally:
        await owner.close()
    assert any(key_id in each for each in seen[5:])
    assert not any(canary in each for each in seen)
    async with db.tenant(ana.id) as tx:
        kept = await tx.fetchval("SELECT secret_hash FROM api_key")
    assert kept == hashlib.sha256(canary.encode()).digest()


async def test_a_key_without_a_time_says_that_it_never_expires(ana: Tenant) -> None:
    key = (await make(ana, expires_in_days=None)).json()["key"]
    assert (key["expires_at"], key["never_expires"]) == (None, True)


@pytest.mark.parametrize(
    ("change", "status", "code", "words"),
    [
        ({"scopes": ["user:create", "contact:read"]}, 422, "scopes_not_allowed", "user:create."),
        ({"scopes": ["api_key:create"]}, 422, "scopes_not_allowed", "api_key:create"),
        ({"scopes": ["contact:fly"]}, 422, "scopes_not_allowed", "contact:fly"),
        ({"scopes": []}, 400, "validation_failed", ""),
        ({"scopes": ["contact:read\n"]}, 400, "validation_failed", ""),
        ({"expires_in_days": 401}, 400, "validation_failed", ""),
        ({"expires_in_days": 0}, 400, "validation_failed", ""),
        ({"name": " "}, 400, "validation_failed", ""),
    ],
)
async def test_what_a_key_may_not_be(
    ana: Tenant, change: dict[str, Any], status: int, code: str, words: str
) -> None:
    answer = await make(ana, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert words in answer.json()["detail"]
    assert "contact:read" not in answer.json()["detail"]
    assert (await ana.call("GET", KEYS)).json()["items"] == []


async def test_who_makes_a_key_gives_no_more_than_they_may(ana: Tenant) -> None:
    """Whatever the matrix says of who makes keys: a caller with few permissions gives few."""
    from platform_auth.internal import InternalTokenIssuer  # noqa: PLC0415
    from platform_auth.principal import Principal, Role  # noqa: PLC0415

    few = Principal(
        tenant_id=ana.id, project_id=ana.project_id, subject=ana.seeded.user_id, kind="user",
        role=Role.USER, permissions=frozenset({"api_key:create", "contact:read"}),
    )  # fmt: skip
    token = InternalTokenIssuer(ana.tokens.private_key).issue(few)
    headers = {"Idempotency-Key": str(uuid4()), "Authorization": f"Bearer {token}"}
    body = {"name": "x", "scopes": READ}
    answer = await ana.call("POST", KEYS, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "scopes_not_allowed")
    assert "contact:list" in answer.json()["detail"]


async def test_a_key_needs_an_idempotency_key(ana: Tenant) -> None:
    answer = await ana.call("POST", KEYS, json={"name": "x", "scopes": READ})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


async def test_a_revoked_key_is_refused_and_stays_in_the_list(
    ana: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    key_id, secret = await made(ana)
    other, _ = await made(ana, name="Other")
    path = f"{KEYS}/{key_id}"
    assert (await ana.call("DELETE", path)).status_code == 204
    assert await verify(ana, secret) == {"verdict": "revoked", "key": None}
    assert (await ana.call("DELETE", path)).status_code == 204
    changed = await ana.call("PATCH", path, json={"name": "y"})
    assert (changed.status_code, changed.json()["code"]) == (409, "api_key_revoked")
    assert (await ana.call("GET", path)).json()["state"] == "revoked"
    for state, ids in (("revoked", [key_id]), ("active", [other]), ("expired", [])):
        listed = await ana.call("GET", KEYS, params={"state": state})
        assert [item["id"] for item in listed.json()["items"]] == ids
    events = [(e["type"], e["data"]) for e in await outbox(ana.id)][-2:]
    assert [kind for kind, _ in events] == ["api_key.revoked.v1", "access.revoked.v1"]
    assert (events[1][1]["what"], events[1][1]["id"]) == ("api_key", key_id)
    actions = [entry["action"] for entry in await told(ana)]
    assert actions == ["api_key.created", "api_key.created", "api_key.revoked"]


async def test_other_scopes_are_told_to_the_gateways_and_another_name_is_not(
    ana: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    key_id, secret = await made(ana)
    path = f"{KEYS}/{key_id}"
    same = await ana.call("PATCH", path, json={"scopes": READ[::-1], "name": "Shop"})
    assert same.json()["version"] == 1
    renamed = await ana.call("PATCH", path, json={"name": "Till"})
    assert (renamed.json()["name"], renamed.json()["version"]) == ("Till", 2)
    assert [e["type"] for e in await outbox(ana.id)][-1] == "api_key.updated.v1"
    wider = await ana.call("PATCH", path, json={"scopes": ["message:read", *READ]})
    assert wider.json()["scopes"] == [*READ, "message:read"]
    assert [e["type"] for e in await outbox(ana.id)][-2:] == [
        "api_key.updated.v1", "access.revoked.v1",
    ]  # fmt: skip
    found = await verify(ana, secret)
    assert (found["key"]["version"], found["key"]["scopes"]) == (3, [*READ, "message:read"])
    refused = await ana.call("PATCH", path, json={"scopes": ["user:delete"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "scopes_not_allowed")


async def test_an_expired_key_is_refused(ana: Tenant, database: Any) -> None:
    key_id, secret = await made(ana)
    await owner_does(database, "UPDATE api_key SET expires_at = now() - interval '1 second'")
    assert (await verify(ana, secret))["verdict"] == "expired"
    assert (await ana.call("GET", f"{KEYS}/{key_id}")).json()["state"] == "expired"
    listed = await ana.call("GET", KEYS, params={"state": "expired"})
    assert len(listed.json()["items"]) == 1


async def test_a_wrong_secret_is_told_nothing(ana: Tenant) -> None:
    key_id, _ = await made(ana)
    wrong, _ = text.make(UUID(key_id))
    stranger, _ = text.make(uuid4())
    await ana.call("DELETE", f"{KEYS}/{key_id}")
    for secret in (wrong, stranger):
        assert await verify(ana, secret) == {"verdict": "unknown", "key": None}


async def test_a_project_that_is_switched_off_lets_no_key_in(
    ana: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    key_id, secret = await made(ana)
    path = f"/v1/projects/{ana.project_id}"
    assert (await ana.call("PATCH", path, json={"active": False})).is_success
    assert (await verify(ana, secret))["verdict"] == "project_inactive"
    event = (await outbox(ana.id))[-1]
    assert (event["type"], event["data"]["id"]) == ("access.revoked.v1", key_id)
    assert (await ana.call("PATCH", path, json={"active": True})).is_success
    assert (await verify(ana, secret))["verdict"] == "good"
    assert (await ana.call("POST", "/v1/projects", json={"name": "Outra"})).is_success
    assert (await ana.call("DELETE", path)).status_code == 204
    assert (await verify(ana, secret))["verdict"] == "project_inactive"


async def test_a_key_stays_when_its_creator_is_disabled(ana: Tenant, db: Database) -> None:
    _, secret = await made(ana)
    async with db.tenant(ana.id) as tx:
        await tx.execute("UPDATE user_account SET active = false")
    assert (await verify(ana, secret))["verdict"] == "good"
    listed = (await ana.call("GET", KEYS)).json()["items"]
    assert listed[0]["created_by"] == str(ana.seeded.user_id)


async def test_the_last_use_is_written_once_a_minute(ana: Tenant, database: Any) -> None:
    key_id, secret = await made(ana)

    async def last() -> tuple[str, str]:
        key = (await ana.call("GET", f"{KEYS}/{key_id}")).json()
        return key["last_used_at"], key["last_used_address"]

    await asyncio.gather(*(verify(ana, secret) for _ in range(5)))
    first = await last()
    assert first[1] == "198.51.100.7"
    await verify(ana, secret, "198.51.100.8")
    assert await last() == first
    await owner_does(
        database, "UPDATE api_key SET last_used_at = last_used_at - interval '1 minute'"
    )
    await verify(ana, secret, "198.51.100.8")
    assert (await last())[1] == "198.51.100.8"
    assert (await ana.call("GET", f"{KEYS}/{key_id}")).json()["version"] == 1


async def test_another_tenant_and_another_project_see_no_key(ana: Tenant, rui: Tenant) -> None:
    key_id, _ = await made(ana)
    other = (await ana.call("POST", "/v1/projects", json={"name": "Outra"})).json()["id"]
    header = ana.tokens.header(ana.id, UUID(other), subject=ana.seeded.user_id)
    path = f"{KEYS}/{key_id}"
    for call in ("GET", "PATCH", "DELETE"):
        body = {"json": {"name": "x"}} if call == "PATCH" else {}
        for answer in (
            await rui.call(call, path, **body),
            await ana.call(call, path, headers=header, **body),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "api_key_not_found")
    assert (await rui.call("GET", KEYS)).json()["items"] == []
    assert (await ana.call("GET", KEYS, headers=header)).json()["items"] == []
    assert (await ana.call("GET", path)).json()["state"] == "active"


async def test_keys_come_page_by_page(ana: Tenant) -> None:
    ids = [(await made(ana, name=f"key {n}"))[0] for n in range(3)]
    first = (await ana.call("GET", KEYS, params={"limit": 2})).json()
    rest = (await ana.call("GET", KEYS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in [*first["items"], *rest["items"]]] == ids
    assert rest["next_cursor"] is None


async def test_only_admins_make_keys_and_managers_see_them(ana: Tenant) -> None:
    for role, status in (("admin", 200), ("manager", 200), ("user", 403), ("readonly", 403)):
        assert (await ana.call("GET", KEYS, role=role)).status_code == status
        if role != "admin":
            answer = await ana.call("POST", KEYS, role=role, json={"name": "x", "scopes": READ})
            assert answer.status_code == 403


async def test_the_scopes_are_listed_with_what_they_mean(ana: Tenant) -> None:
    found: dict[str, str] = {}
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": 20, **({"cursor": cursor} if cursor else {})}
        page = (await ana.call("GET", "/v1/scopes", role="readonly", params=params)).json()
        found |= {item["scope"]: item["description"] for item in page["items"]}
        cursor = page["next_cursor"]
    assert set(found) == SCOPES
    assert found["contact:read"] == "Read contacts"
    assert json.dumps(found).count("_") == 0 or all("_" not in word for word in found.values())
