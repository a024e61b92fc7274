"""Every route, every role, own and other tenant, and every table."""

from typing import Any

import asyncpg
import pytest
from litestar import Litestar

from platform_auth import routes
from platform_auth.guard import unserved
from platform_auth.matrix import permissions_of
from platform_auth.principal import Role
from platform_postgres import Database, catalogue

from ..conftest import Tenant

GUARDED = [route for route in routes.ROUTES if route.service == "identity" and route.permission]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/projects": {"name": "Nova"},
    "/v1/projects/{project_id}": {"name": "Outra"},
    "/v1/users": {
        "email": "bia@ana.example", "name": "Bia", "password": "a long password", "role": "user",
    },
}  # fmt: skip


def path_of(route: routes.Route, tenant: Tenant) -> str:
    return route.path.format(
        project_id=tenant.project_id, user_id=tenant.seeded.user_id, sign_in_id=tenant.sign_in_id
    )


def body_of(route: routes.Route) -> dict[str, Any]:
    return {"json": BODIES[route.path]} if route.path in BODIES and route.method != "GET" else {}


def test_every_promised_route_is_served(app: Litestar) -> None:
    assert unserved(app, "identity") == []


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route.method} {route.path}")
async def test_a_route_follows_the_matrix_and_shows_nothing_of_another_tenant(
    route: routes.Route, role: Role, ana: Tenant, rui: Tenant
) -> None:
    for tenant in (ana, rui):
        await tenant.sign_in()
    allowed = route.permission in permissions_of(role)
    if "{" in route.path:
        other = await ana.call(route.method, path_of(route, rui), role=role, **body_of(route))
        assert other.status_code == (404 if allowed else 403)
    own = await ana.call(route.method, path_of(route, ana), role=role, **body_of(route))
    if not allowed:
        assert (own.status_code, own.json()["code"]) == (403, "forbidden")
    elif route.path == "/v1/projects/{project_id}" and route.method == "DELETE":
        assert (own.status_code, own.json()["code"]) == (409, "last_project")
    else:
        assert own.status_code in {200, 201, 204}
        assert str(rui.id) not in own.text
        assert str(rui.project_id) not in own.text


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route.method} {route.path}")
async def test_without_a_valid_token_nothing_is_answered(route: routes.Route, ana: Tenant) -> None:
    await ana.sign_in()
    for headers in (
        {"Authorization": ""},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "", "X-Ventros-Tenant-Id": str(ana.id), "X-Ventros-Role": "admin"},
    ):
        answer = await ana.call(
            route.method, path_of(route, ana), headers=headers, **body_of(route)
        )
        assert answer.status_code == 401


async def test_the_schema_has_no_hole(db: Database) -> None:
    async with db.system() as tx:
        assert await catalogue.check(tx, "identity") == []


async def test_no_table_shows_a_tenant_to_another(db: Database, ana: Tenant, rui: Tenant) -> None:
    async with db.tenant(ana.id) as tx:
        for table in ("tenant", "project", "user_account", "outbox"):
            tenants = await tx.fetch(f"SELECT DISTINCT tenant_id FROM {table}")
            assert [row["tenant_id"] for row in tenants] == [ana.id], table
        for table in ("tenant", "project", "user_account"):
            done = await tx.execute(f"UPDATE {table} SET version = 9 WHERE tenant_id = $1", rui.id)
            assert done == "UPDATE 0", table


async def test_a_row_cannot_be_written_for_another_tenant(
    db: Database, ana: Tenant, rui: Tenant
) -> None:
    async with db.tenant(ana.id) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await tx.execute(
                "INSERT INTO project (tenant_id, id, name, time_zone) "
                "VALUES ($1, gen_random_uuid(), 'x', 'UTC')",
                rui.id,
            )


async def test_sign_ins_role_reads_no_more_than_it_needs(db: Database, ana: Tenant) -> None:
    for statement in (
        "SELECT name FROM user_account",
        "SELECT * FROM project",
        "UPDATE user_account SET active = true",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.system() as tx:
                await tx.execute(statement)
