"""What identity says of API keys, kept."""

from uuid import uuid4

from platform_postgres import Database
from platform_testkit.golden import Golden

from ..conftest import Tenant


async def test_the_events_of_api_keys_are_as_kept(
    ana: Tenant, db: Database, golden: Golden
) -> None:
    body = {"name": "Shop", "scopes": ["contact:read"], "expires_in_days": 30}
    headers = {"Idempotency-Key": str(uuid4())}
    made = await ana.call("POST", "/v1/api-keys", json=body, headers=headers)
    path = f"/v1/api-keys/{made.json()['key']['id']}"
    assert (await ana.call("PATCH", path, json={"name": "Till"})).is_success
    assert (await ana.call("DELETE", path)).is_success
    async with db.tenant(ana.id) as tx:
        rows = await tx.fetch(
            "SELECT envelope FROM outbox WHERE type LIKE 'api_key.%' ORDER BY seq"
        )
    golden.check("identity", [row["envelope"] for row in rows])
