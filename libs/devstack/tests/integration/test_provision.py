"""Rights of the roles that the provisioner makes, asked from the real server."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from platform_devstack.provision import (
    ROLES,
    ServiceDatabase,
    provision_database,
    provision_roles,
    service_database,
)
from platform_testkit.servers import ServerPark

SERVICES = ("alpha", "beta")
DATABASE = "provision_test"


@pytest.fixture
async def databases(server_park: ServerPark) -> AsyncIterator[dict[str, ServiceDatabase]]:
    url = server_park.postgres_admin_url()
    admin = await asyncpg.connect(url)

    def password(login: str) -> str:
        return f"password-of-{login}"

    # Twice: the second `up` finds everything there.
    for _ in range(2):
        await provision_roles(admin, SERVICES, password)
        await provision_database(admin, url, DATABASE, SERVICES)
    yield {name: service_database(url, DATABASE, name, password) for name in SERVICES}
    await admin.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    await admin.close()


async def run(url: str, sql: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.execute(sql))
    finally:
        await connection.close()


async def test_the_owner_makes_tables_in_its_schema_without_naming_it(
    databases: dict[str, ServiceDatabase],
) -> None:
    alpha = databases["alpha"]
    await run(alpha.owner_url, "CREATE TABLE thing (id int); GRANT SELECT ON thing TO alpha_app")

    assert await run(alpha.app_url, "SELECT FROM thing") == "SELECT 0"
    assert await run(alpha.app_url, "SELECT FROM alpha.thing") == "SELECT 0"


async def test_extensions_are_there_for_every_service(
    databases: dict[str, ServiceDatabase],
) -> None:
    for database in databases.values():
        assert await run(database.app_url, "SELECT unaccent('ação'), similarity('a', 'b')")


@pytest.mark.parametrize(
    ("service", "role", "sql"),
    [
        pytest.param("alpha", "owner", "SELECT FROM beta.thing", id="another schema"),
        pytest.param("beta", "app", "SELECT FROM thing", id="a table without a grant"),
        pytest.param("alpha", "app", "CREATE TABLE more (id int)", id="tables by the app"),
        pytest.param("alpha", "owner", "CREATE TABLE public.more (id int)", id="public"),
        pytest.param("alpha", "owner", "CREATE SCHEMA more", id="a schema"),
        pytest.param("alpha", "owner", "CREATE ROLE more", id="a role"),
        pytest.param("alpha", "owner", "CREATE DATABASE more", id="a database"),
        pytest.param("alpha", "app", "CREATE TEMP TABLE more (id int)", id="temporary tables"),
        pytest.param("alpha", "owner", "SET ROLE beta_owner", id="another's role"),
    ],
)
async def test_roles_have_no_rights_beyond_their_schema(
    databases: dict[str, ServiceDatabase], service: str, role: str, sql: str
) -> None:
    await run(databases["beta"].owner_url, "CREATE TABLE thing (id int)")
    url = getattr(databases[service], f"{role}_url")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(url, sql)


async def test_no_role_bypasses_row_level_security(
    databases: dict[str, ServiceDatabase], server_park: ServerPark
) -> None:
    assert databases
    admin = await asyncpg.connect(server_park.postgres_admin_url())
    try:
        rows = await admin.fetch(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY($1)"
            " AND NOT (rolbypassrls OR rolsuper OR rolcreaterole OR rolcreatedb)"
            " AND NOT EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)",
            [f"{service}_{role}" for service in SERVICES for role in ROLES],
        )
    finally:
        await admin.close()
    assert len(rows) == 8


async def test_another_database_of_the_cluster_is_closed_to_others(
    databases: dict[str, ServiceDatabase], server_park: ServerPark
) -> None:
    url = server_park.postgres_admin_url()
    admin = await asyncpg.connect(url)

    def password(login: str) -> str:
        return f"password-of-{login}"

    try:
        await provision_roles(admin, ["gamma"], password)
        stranger = service_database(url, DATABASE, "gamma", password)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(stranger.app_url, "SELECT 1")
    finally:
        await admin.close()
    assert databases


@pytest.mark.parametrize("name", ["", "Upper", "semi;colon", 'quote"', "1digit", "x" * 50])
async def test_names_that_would_need_quotes_are_refused(name: str, server_park: ServerPark) -> None:
    admin = await asyncpg.connect(server_park.postgres_admin_url())
    try:
        with pytest.raises(ValueError, match="is not a name"):
            await provision_roles(admin, [name], lambda _: "p")
    finally:
        await admin.close()
