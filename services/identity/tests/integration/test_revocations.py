"""What gateways ask for when they start: over all tenants, in pages, for as long as it matters."""

from typing import Any

import httpx
from litestar import Litestar

from platform_postgres import Database

from ..conftest import Tenant

PATH = "/internal/revocations"


async def read(app: Litestar, **query: Any) -> Any:
    """Without a token: there is no caller."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_it_tells_what_ended_in_every_tenant(app: Litestar, ana: Tenant, rui: Tenant) -> None:
    assert (await read(app))["items"] == []
    ended = []
    for tenant in (ana, rui, ana):
        ended.append((await tenant.sign_in())["sign_in_id"])
        await tenant.call("POST", "/v1/auth/sign-out")
    page = await read(app, limit=2)
    rest = await read(app, limit=2, cursor=page["next_cursor"])
    items = page["items"] + rest["items"]
    assert [(item["what"], item["id"]) for item in items] == [("sign_in", one) for one in ended]
    assert all(item["revoked_at"] < item["matters_until"] for item in items)
    assert rest["next_cursor"] is None


async def test_a_gateway_is_told_of_the_kinds_that_it_knows(app: Litestar, ana: Tenant) -> None:
    project = (await ana.call("POST", "/v1/projects", json={"name": "Outra"})).json()["id"]
    await ana.call("DELETE", f"/v1/projects/{project}")
    # One of the last release says nothing, and could not read what is new.
    assert (await read(app))["items"] == []
    [told] = (await read(app, what=["sign_in", "project", "something later"]))["items"]
    assert (told["what"], told["id"]) == ("project", project)
    assert (await read(app, what=["user"]))["items"] == []


async def test_what_no_longer_matters_is_left_out(app: Litestar, ana: Tenant, db: Database) -> None:
    await ana.sign_in()
    await ana.call("POST", "/v1/auth/sign-out")
    async with db.tenant(ana.id) as tx:
        await tx.execute("UPDATE revocation SET matters_until = now() - interval '1 second'")
    assert (await read(app))["items"] == []


async def test_it_is_in_no_document(app: Litestar) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        assert PATH not in (await client.get("/openapi.json")).json()["paths"]
