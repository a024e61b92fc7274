"""What identity says, kept: every event that it can say, as its use cases say it."""

from typing import Any

from platform_postgres import Database
from platform_testkit.golden import Golden

from ..conftest import Tenant


async def test_the_events_of_a_project_are_as_kept(
    ana: Tenant, db: Database, golden: Golden
) -> None:
    made = await _answer(ana, "POST", "/v1/projects", name="Nova", session_timeout_minutes=2.5)
    path = f"/v1/projects/{made['id']}"
    await _answer(ana, "PATCH", path, name="Velha", session_timeout_minutes=None, active=False)
    assert (await ana.call("DELETE", path)).status_code == 204
    async with db.tenant(ana.id) as tx:
        rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
    golden.check("identity", [row["envelope"] for row in rows])


async def _answer(tenant: Tenant, method: str, path: str, **body: Any) -> Any:
    answer = await tenant.call(method, path, json=body)
    assert answer.is_success, answer.text
    return answer.json()
