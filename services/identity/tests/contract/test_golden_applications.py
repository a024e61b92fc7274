"""What identity says of applications, kept."""

from uuid import uuid4

from platform_postgres import Database
from platform_testkit.golden import Golden

from ..conftest import Tenant


async def test_the_events_of_applications_are_as_kept(
    ana: Tenant, db: Database, golden: Golden
) -> None:
    def once() -> dict[str, str]:
        return {"Idempotency-Key": str(uuid4())}

    body = {
        "name": "Books",
        "kind": "confidential",
        "redirect_uris": ["https://books.example/callback"],
        "scopes": ["contact:read"],
        "project_id": str(ana.project_id),
    }
    made = (await ana.call("POST", "/v1/applications", json=body, headers=once())).json()
    path = f"/v1/applications/{made['application']['id']}"
    assert (await ana.call("PATCH", path, json={"name": "Ledger"})).is_success
    assert (await ana.call("POST", f"{path}/secrets", headers=once())).is_success
    assert (await ana.call("DELETE", f"{path}/secrets/{made['secret']['id']}")).is_success
    assert (await ana.call("POST", f"{path}/disable")).is_success
    assert (await ana.call("POST", f"{path}/enable")).is_success
    assert (await ana.call("DELETE", path)).is_success
    async with db.tenant(ana.id) as tx:
        rows = await tx.fetch(
            "SELECT envelope FROM outbox WHERE type LIKE 'application.%' ORDER BY seq"
        )
    golden.check("identity", [row["envelope"] for row in rows])


async def test_the_events_of_consents_are_as_kept(
    ana: Tenant, db: Database, golden: Golden
) -> None:
    body = {
        "name": "Books",
        "kind": "public",
        "redirect_uris": ["https://books.example/callback"],
        "scopes": ["contact:read"],
    }
    once = {"Idempotency-Key": str(uuid4())}
    made = (await ana.call("POST", "/v1/applications", json=body, headers=once)).json()
    client_id = made["application"]["id"]
    decision = {
        "decision": "allow",
        "client_id": client_id,
        "redirect_uri": "https://books.example/callback",
        "response_type": "code",
        "scope": "contact:read",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    assert (await ana.call("POST", "/v1/oauth/authorizations", json=decision)).is_success
    assert (await ana.call("DELETE", f"/v1/me/applications/{client_id}")).is_success
    async with db.tenant(ana.id) as tx:
        rows = await tx.fetch(
            "SELECT envelope FROM outbox WHERE type LIKE 'application_consent.%' ORDER BY seq"
        )
    golden.check("identity", [row["envelope"] for row in rows])
