"""Applications: registered, changed, switched off and on, deleted; their secrets exchanged."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from platform_postgres import Database
from ventros_identity.domain import application_secret

from ..conftest import Tenant

PATH = "/v1/applications"
CALLBACK = "https://books.example/callback"


async def register(tenant: Tenant, **change: Any) -> httpx.Response:
    body = {
        "name": "Books",
        "kind": "confidential",
        "redirect_uris": [CALLBACK],
        "scopes": ["contact:read", "contact:list"],
        **change,
    }
    headers = {"Idempotency-Key": str(uuid4())}
    return await tenant.call("POST", PATH, json=body, headers=headers)


async def registered(tenant: Tenant, **change: Any) -> dict[str, Any]:
    answer = await register(tenant, **change)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def next_secret(tenant: Tenant, path: str) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid4())}
    return await tenant.call("POST", f"{path}/secrets", headers=headers)


async def test_a_confidential_application_has_a_secret_that_is_shown_once(
    ana: Tenant, db: Database
) -> None:
    made = await registered(ana)
    text = made["client_secret"]
    assert text.startswith("vs_live_")
    path = f"{PATH}/{made['application']['id']}"
    again = await ana.call("GET", path)
    assert again.json() == made["application"]
    secrets = await ana.call("GET", f"{path}/secrets")
    assert secrets.json()["items"] == [made["secret"]]
    assert text not in again.text + secrets.text
    async with db.tenant(ana.id) as tx:
        hashes = [row["secret_hash"] for row in await tx.fetch("TABLE application_secret")]
        kept = await tx.fetchval(
            "SELECT string_agg(t::text, '') FROM (SELECT envelope::text FROM outbox"
            " UNION ALL SELECT coalesce(after::text, '') FROM audit_entry) AS t"
        )
    assert application_secret.matching(text, hashes) == 0
    assert application_secret.matching(text + "x", hashes) is None
    assert text not in kept


async def test_a_public_application_has_no_secret_and_acts_for_nobody_but_people(
    ana: Tenant,
) -> None:
    made = await registered(ana, kind="public", redirect_uris=["http://127.0.0.1:1/back"])
    assert made["secret"] is None
    assert made["client_secret"] is None
    path = f"{PATH}/{made['application']['id']}"
    assert (await next_secret(ana, path)).status_code == 409
    assert (await register(ana, kind="public", project_id=str(ana.project_id))).status_code == 409
    here = {"project_id": str(ana.project_id)}
    assert (await ana.call("PATCH", path, json=here)).status_code == 409


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"scopes": ["api_key:create"]}, 422, "scopes_not_allowed"),
        ({"scopes": ["me:update"]}, 422, "scopes_not_allowed"),
        ({"scopes": []}, 400, "validation_failed"),
        ({"redirect_uris": ["http://books.example/"]}, 422, "redirect_uri_not_allowed"),
        ({"redirect_uris": ["http://127.0.0.1/"]}, 422, "redirect_uri_not_allowed"),
        ({"redirect_uris": ["https://books.example/#x"]}, 422, "redirect_uri_not_allowed"),
        ({"project_id": str(uuid4())}, 404, "project_not_found"),
        ({"kind": "native"}, 400, "validation_failed"),
    ],
)
async def test_what_cannot_be_is_refused(
    ana: Tenant, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await register(ana, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_two_secrets_at_most_and_the_older_one_goes(ana: Tenant) -> None:
    made = await registered(ana)
    path = f"{PATH}/{made['application']['id']}"
    both = await asyncio.gather(next_secret(ana, path), next_secret(ana, path))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    [following] = [answer.json() for answer in both if answer.is_success]
    assert (await ana.call("DELETE", f"{path}/secrets/{made['secret']['id']}")).is_success
    left = (await ana.call("GET", f"{path}/secrets")).json()["items"]
    assert left == [following["secret"]]
    gone = await ana.call("DELETE", f"{path}/secrets/{made['secret']['id']}")
    assert gone.json()["code"] == "application_secret_not_found"


async def test_what_narrows_or_ends_an_application_is_told_to_the_gateways(
    ana: Tenant, outbox: Callable[[UUID], Any]
) -> None:
    made = await registered(ana, project_id=str(ana.project_id))
    application_id = made["application"]["id"]
    path = f"{PATH}/{application_id}"

    async def revoked() -> int:
        return sum(
            event["type"] == "access.revoked.v1" and event["data"]["id"] == application_id
            for event in await outbox(ana.id)
        )

    assert (await ana.call("PATCH", path, json={"name": "Ledger"})).is_success
    assert await revoked() == 0
    assert (await ana.call("PATCH", path, json={"scopes": ["contact:read"]})).is_success
    assert await revoked() == 1
    for _ in range(2):
        assert (await ana.call("POST", f"{path}/disable")).json()["enabled"] is False
    assert await revoked() == 2
    assert (await ana.call("POST", f"{path}/enable")).json()["enabled"] is True
    assert (await ana.call("DELETE", path)).is_success
    assert await revoked() == 3
    assert (await ana.call("GET", path)).status_code == 404
    assert (await ana.call("GET", PATH)).json()["items"] == []
    log = await ana.call("GET", f"/v1/audit-log?target_id={application_id}")
    assert [one["action"].partition(".")[2] for one in log.json()["items"]] == [
        "deleted",
        "enabled",
        "disabled",
        "updated",
        "updated",
        "created",
    ]


async def test_another_company_sees_none_of_it(ana: Tenant, rui: Tenant) -> None:
    made = await registered(ana)
    path = f"{PATH}/{made['application']['id']}"
    secret = f"{path}/secrets/{made['secret']['id']}"
    for method, where in [
        ("GET", path),
        ("PATCH", path),
        ("DELETE", path),
        ("POST", f"{path}/disable"),
        ("POST", f"{path}/enable"),
        ("GET", f"{path}/secrets"),
        ("DELETE", secret),
    ]:
        body = {"json": {"name": "Mine"}} if method == "PATCH" else {}
        assert (await rui.call(method, where, **body)).status_code == 404, (method, where)
    assert (await next_secret(rui, path)).status_code == 404
    assert (await rui.call("GET", PATH)).json()["items"] == []
    assert (await register(rui, project_id=str(ana.project_id))).status_code == 404


@pytest.mark.parametrize("role", ["manager", "user", "readonly"])
async def test_only_an_admin_registers(ana: Tenant, role: str) -> None:
    assert (await ana.call("POST", PATH, role=role, json={})).status_code == 403
