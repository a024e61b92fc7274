"""Refresh tokens: single use, one family, a copy ends it; and what a race makes of that."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from platform_auth.access import verify_access_token
from platform_auth.keys import parse_jwk_set
from platform_postgres import Database
from ventros_identity.commands.secret_tokens import make
from ventros_identity.store import sign_ins

from ..conftest import ISSUER, PASSWORD, Tenant


async def post(app: Litestar, path: str, **body: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        return await client.post(path, json=body, headers={"user-agent": "probe/1"})


async def signed_in(app: Litestar, email: str = "ana@ana.example") -> dict[str, Any]:
    answer = await post(app, "/v1/auth/sign-in", email=email, password=PASSWORD)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def refresh(app: Litestar, token: str) -> httpx.Response:
    return await post(app, "/v1/auth/refresh", refresh_token=token)


async def later(db: Database, tenant_id: UUID, what: str) -> None:
    """Let time pass where it is kept: `what` sets the columns of every row of a table."""
    async with db.tenant(tenant_id) as tx:
        await tx.execute(f"UPDATE {what}")


async def ended(db: Database, tenant_id: UUID) -> list[str | None]:
    async with db.tenant(tenant_id) as tx:
        rows = await tx.fetch("SELECT end_reason FROM sign_in ORDER BY id")
    return [row["end_reason"] for row in rows]


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (401, "refresh_token_invalid")


async def test_a_chain_of_refreshes_is_one_sign_in(
    app: Litestar, db: Database, ana: Tenant
) -> None:
    first = await signed_in(app)
    seen = {first["refresh_token"]}
    token = first["refresh_token"]
    for _ in range(5):
        answer = await refresh(app, token)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert set(body) == set(first)
        assert body["sign_in_id"] == first["sign_in_id"]
        token = body["refresh_token"]
        seen.add(token)
    assert len(seen) == 6
    published = await (
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://identity")
    ).get("/.well-known/jwks.json")
    claims = verify_access_token(
        body["access_token"], keys=parse_jwk_set(published.content), issuer=ISSUER
    )
    assert str(claims.sid) == first["sign_in_id"]
    async with db.tenant(ana.id) as tx:
        stored = await tx.fetch("SELECT hash, successor FROM refresh_token")
    for row in stored:
        for value in (row["hash"], row["successor"] or b""):
            assert not any(token.encode() in value for token in seen)


async def test_twenty_at_once_get_the_same_successor(
    app: Litestar, db: Database, ana: Tenant
) -> None:
    first = await signed_in(app)
    answers = await asyncio.gather(*(refresh(app, first["refresh_token"]) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert (await refresh(app, successors.pop())).status_code == 200
    assert await ended(db, ana.id) == [None]


async def test_a_copy_that_comes_late_ends_the_family_once(
    app: Litestar, db: Database, ana: Tenant, outbox: Any
) -> None:
    first = await signed_in(app)
    other = await signed_in(app)
    second = (await refresh(app, first["refresh_token"])).json()
    await later(db, ana.id, "refresh_token SET used_at = used_at - interval '11 seconds'")
    answers = await asyncio.gather(*(refresh(app, first["refresh_token"]) for _ in range(20)))
    assert all(refused(answer) for answer in answers)
    assert refused(await refresh(app, second["refresh_token"]))
    assert await ended(db, ana.id) == ["refresh_token_reused", None]
    assert (await refresh(app, other["refresh_token"])).status_code == 200
    (told,) = [one for one in await outbox(ana.id) if one["type"] == "access.revoked.v1"]
    assert told["data"]["what"] == "sign_in"
    assert told["data"]["id"] == first["sign_in_id"]
    assert told["data"]["user_id"] == str(ana.seeded.user_id)
    log = (await ana.call("GET", "/v1/audit-log", params={"action": "sign_in.ended"})).json()
    (entry,) = log["items"]
    assert (entry["actor_kind"], entry["target_id"]) == ("system", first["sign_in_id"])


async def test_within_the_grace_even_a_used_successor_is_given_again(
    app: Litestar, db: Database, ana: Tenant
) -> None:
    first = await signed_in(app)
    second = (await refresh(app, first["refresh_token"])).json()
    assert (await refresh(app, second["refresh_token"])).status_code == 200
    again = (await refresh(app, first["refresh_token"])).json()
    assert again["refresh_token"] == second["refresh_token"]
    assert await ended(db, ana.id) == [None]


@pytest.mark.parametrize(
    "passed",
    [
        "refresh_token SET expires_at = now()",
        "sign_in SET idle_at = now()",
        "sign_in SET expires_at = now()",
        "sign_in SET ended_at = now()",
        "user_account SET active = false",
        "project SET active = false",
    ],
)
async def test_what_is_over_is_not_refreshed(
    app: Litestar, db: Database, ana: Tenant, passed: str
) -> None:
    first = await signed_in(app)
    await later(db, ana.id, passed)
    assert refused(await refresh(app, first["refresh_token"]))


async def test_lifetimes_slide_up_to_the_longest(app: Litestar, db: Database, ana: Tenant) -> None:
    first = await signed_in(app)
    await later(
        db,
        ana.id,
        "sign_in SET created_at = created_at - interval '80 days',"
        " expires_at = expires_at - interval '80 days'",
    )
    assert (await refresh(app, first["refresh_token"])).status_code == 200
    async with db.tenant(ana.id) as tx:
        row = await tx.fetchrow(
            "SELECT idle_at = expires_at AS bounded, expires_at - now() AS rest FROM sign_in"
        )
        tokens = await tx.fetchval(
            "SELECT max(expires_at) <= (SELECT expires_at FROM sign_in) FROM refresh_token"
            " WHERE used_at IS NULL"
        )
    assert row is not None
    assert row["bounded"]
    assert 9 <= row["rest"].days <= 10
    assert tokens


async def test_a_family_is_its_tenants_own(
    app: Litestar, db: Database, ana: Tenant, rui: Tenant
) -> None:
    mine = await signed_in(app)
    theirs = await signed_in(app, "rui@rui.example")
    foreign = make("vr_", rui.id)
    strange = [
        foreign.text,
        "vr_" + foreign.text[3:25] + mine["refresh_token"][25:],
        mine["refresh_token"][:-1],
        mine["refresh_token"] + "A",
        mine["refresh_token"].replace("vr_", "vx_"),
        mine["access_token"][:128],
        "vr_",
        "vr_é",
    ]
    for token in strange:
        assert refused(await refresh(app, token)), token
    async with db.tenant(rui.id) as tx:
        assert not await sign_ins.end(
            tx, ana.id, ana.seeded.user_id, UUID(mine["sign_in_id"]), "signed_out"
        )
    for one in (mine, theirs):
        assert (await refresh(app, one["refresh_token"])).status_code == 200


async def test_a_disabling_and_a_refresh_at_once_leave_no_open_sign_in(
    app: Litestar, db: Database, ana: Tenant
) -> None:
    async def disable() -> None:
        async with db.tenant(ana.id) as tx:
            await tx.execute("UPDATE user_account SET active = false, version = version + 1")
            await sign_ins.end_all(tx, ana.id, ana.seeded.user_id)

    opened = [await signed_in(app) for _ in range(5)]
    sign_in = [
        post(app, "/v1/auth/sign-in", email="ana@ana.example", password=PASSWORD) for _ in range(5)
    ]
    refreshes = [refresh(app, one["refresh_token"]) for one in opened]
    *answers, _ = await asyncio.gather(*sign_in, *refreshes, disable())
    assert {answer.status_code for answer in answers if answer} <= {200, 401, 403}
    assert None not in await ended(db, ana.id)
