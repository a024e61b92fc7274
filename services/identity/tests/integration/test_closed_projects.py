"""A project that is made inactive or deleted: what is signed in to it ends, nobody comes in."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from platform_postgres import Database
from ventros_identity.commands.refresh import start
from ventros_identity.commands.sign_in import SignedIn, mark_of
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.user import InvalidCredentials
from ventros_identity.store import users

from ..conftest import LIFETIMES, PASSWORD, Tenant


async def post(app: Litestar, path: str, body: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.post(path, json=body)


async def project(tenant: Tenant) -> str:
    made = await tenant.call("POST", "/v1/projects", json={"name": "Outra"})
    return str(made.json()["id"])


async def signed_in(app: Litestar, project_id: str) -> dict[str, Any]:
    body = {"email": "ana@ana.example", "password": PASSWORD, "project_id": project_id}
    answer = await post(app, "/v1/auth/sign-in", body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def close(tenant: Tenant, how: str, project_id: str) -> None:
    path = f"/v1/projects/{project_id}"
    if how == "PATCH":
        assert (await tenant.call("PATCH", path, json={"active": False})).status_code == 200
    else:
        assert (await tenant.call("DELETE", path)).status_code == 204


@pytest.mark.parametrize("how", ["PATCH", "DELETE"])
async def test_its_sign_ins_end_and_the_edge_is_told(
    app: Litestar, ana: Tenant, rui: Tenant, how: str, outbox: Callable[[UUID], Any]
) -> None:
    closed = await project(ana)
    there = [await signed_in(app, closed) for _ in range(2)]
    elsewhere = await signed_in(app, str(ana.project_id))
    await rui.sign_in()
    await close(ana, how, closed)
    ended = {one["sign_in_id"] for one in there}
    told = [event["data"] for event in await outbox(ana.id) if event["type"] == "access.revoked.v1"]
    assert {(one["what"], one["id"]) for one in told} == {("sign_in", one) for one in ended}
    assert {one["user_id"] for one in told} == {str(ana.seeded.user_id)}
    for one in there:
        refused = await post(app, "/v1/auth/refresh", {"refresh_token": one["refresh_token"]})
        assert (refused.status_code, refused.json()["code"]) == (401, "refresh_token_invalid")
    goes_on = await post(app, "/v1/auth/refresh", {"refresh_token": elsewhere["refresh_token"]})
    assert goes_on.status_code == 200
    log = await ana.call("GET", "/v1/audit-log", params={"action": "sign_in.ended"})
    assert {item["target_id"] for item in log.json()["items"]} == ended
    assert {item["after"]["reason"] for item in log.json()["items"]} == {"project_closed"}
    assert len((await rui.call("GET", "/v1/me/sign-ins")).json()["items"]) == 1


async def test_other_changes_end_nothing(app: Litestar, ana: Tenant) -> None:
    other = await project(ana)
    one = await signed_in(app, other)
    path = f"/v1/projects/{other}"
    await ana.call("PATCH", path, json={"name": "Nova", "active": True})
    refreshed = await post(app, "/v1/auth/refresh", {"refresh_token": one["refresh_token"]})
    assert refreshed.status_code == 200


async def test_a_sign_in_that_begins_meanwhile_ends_too(
    db: Database, app: Litestar, ana: Tenant
) -> None:
    other = await project(ana)
    async with db.tenant(ana.id) as tx:
        user = await users.find(tx, ana.id, ana.seeded.user_id)
        password_hash = await users.lock_hash(tx, ana.id, ana.seeded.user_id)
    assert user is not None
    assert password_hash is not None
    proved = SignedIn(
        user=user, project_id=UUID(other), project_role=None, password_mark=mark_of(password_hash)
    )
    async with db.tenant(ana.id) as tx:
        started = await start(tx, proved, Origin(), LIFETIMES)
        closing = asyncio.create_task(close(ana, "PATCH", other))
        done, _ = await asyncio.wait([closing], timeout=0.3)
        assert not done
    await closing
    token = {"refresh_token": started.refresh_token}
    assert (await post(app, "/v1/auth/refresh", token)).status_code == 401
    async with db.tenant(ana.id) as tx:
        with pytest.raises(InvalidCredentials):
            await start(tx, proved, Origin(), LIFETIMES)
