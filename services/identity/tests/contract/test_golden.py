"""What identity says, kept: every event that it can say, as its use cases say it."""

from typing import Any

import pyotp

from platform_postgres import Database
from platform_testkit.golden import Golden
from ventros_identity.events.access import revoke

from ..conftest import PASSWORD, Tenant


async def test_the_events_of_identity_are_as_kept(
    ana: Tenant, db: Database, golden: Golden
) -> None:
    made = await _answer(ana, "POST", "/v1/projects", name="Nova", session_timeout_minutes=2.5)
    path = f"/v1/projects/{made['id']}"
    await _answer(ana, "PATCH", path, name="Velha", session_timeout_minutes=None, active=False)
    assert (await ana.call("DELETE", path)).status_code == 204
    await _people(ana)
    await _second_factor(ana)
    user_id = ana.seeded.user_id
    async with db.tenant(ana.id) as tx:
        await revoke(tx, ana.id, ana.project_id, "user", [user_id], user_id=user_id)
        rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
    golden.check("identity", [row["envelope"] for row in rows])


async def _people(ana: Tenant) -> None:
    await _answer(ana, "PATCH", "/v1/tenant", name="Ana SA")
    fields = {"email": "bia@x.example", "password": "a long password", "role": "user"}
    user = await _answer(ana, "POST", "/v1/users", name="Bia", **fields)
    path = f"/v1/projects/{ana.project_id}/members"
    member = await _answer(ana, "POST", path, user_id=user["id"], role="agent")
    await _answer(ana, "PATCH", f"{path}/{member['id']}", role="supervisor")
    assert (await ana.call("DELETE", f"{path}/{member['id']}")).status_code == 204
    await _answer(ana, "PATCH", f"/v1/users/{user['id']}", name="Bia Reis")
    for verb in ("disable", "enable"):
        assert (await ana.call("POST", f"/v1/users/{user['id']}/{verb}")).is_success


async def _second_factor(ana: Tenant) -> None:
    password = {"password": PASSWORD}
    begun = await _answer(ana, "POST", "/v1/me/second-factor", **password)
    code = pyotp.TOTP(begun["secret"]).now()
    await _answer(ana, "POST", "/v1/me/second-factor/confirm", code=code)
    off = await ana.call("POST", "/v1/me/second-factor/disable", json=password)
    assert off.status_code == 204


async def _answer(tenant: Tenant, method: str, path: str, **body: Any) -> Any:
    answer = await tenant.call(method, path, json=body)
    assert answer.is_success, answer.text
    return answer.json()
