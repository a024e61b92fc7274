"""No schema lets a tenant, a role or a service see what is not its own."""

import asyncio
import itertools
import secrets
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
import pytest

import platform_bus
import platform_http
from checks.databases import (
    SCHEMAS,
    Column,
    Connection,
    columns,
    connected,
    relations,
    tables,
)
from checks.workspace import ROOT
from platform_core.ids import new_id
from platform_devstack.provision import (
    ServiceDatabase,
    provision_database,
    provision_roles,
    service_database,
    url_of_database,
)
from platform_postgres import catalogue, migrate
from platform_testkit.databases import DatabaseMaker
from platform_testkit.servers import ServerPark

SHARED: Final = (platform_bus.MIGRATIONS, platform_http.MIGRATIONS)
ROLES: Final = ("app", "relay", "system")
REFUSED: Final = asyncpg.InsufficientPrivilegeError
"""SQLSTATE 42501: no privilege on the table, or a row that the policy does not let in."""

_VALUES: Final = {
    "uuid": "gen_random_uuid()",
    "text": "md5(random()::text)",
    "boolean": "false",
    "smallint": "1",
    "integer": "1",
    "bigint": "(random() * 1e9)::bigint",
    "double precision": "1",
    "numeric": "1",
    "timestamp with time zone": "now()",
    "date": "current_date",
    "interval": "interval '1 hour'",
    "jsonb": "'{}'::jsonb",
    "bytea": "'\\x00'::bytea",
}


class House(msgspec.Struct, frozen=True, kw_only=True):
    """One database with every service's schema; in every tenant table a row of `mine` and one of
    `theirs`."""

    admin_url: str
    services: dict[str, ServiceDatabase]
    mine: UUID
    theirs: UUID

    def url(self, service: str, role: str) -> str:
        """The address for one role of one service."""
        urls = self.services[service]
        return {"app": urls.app_url, "relay": urls.relay_url, "system": urls.system_url}[role]


@pytest.fixture(scope="module")
def house(server_park: ServerPark) -> Iterator[House]:
    """The schemas as they are on one machine: all in one database."""
    admin_url = server_park.postgres_admin_url()
    name = f"t_house_{secrets.token_hex(6)}"
    yield asyncio.run(build(admin_url, name))
    asyncio.run(demolish(admin_url, name))


async def build(admin_url: str, name: str) -> House:
    """Provision, migrate and furnish the database."""
    password = DatabaseMaker(admin_url).password
    admin = await asyncpg.connect(admin_url)
    await provision_roles(admin, SCHEMAS, password)
    await provision_database(admin, admin_url, name, SCHEMAS)
    await admin.close()
    services = {schema: service_database(admin_url, name, schema, password) for schema in SCHEMAS}
    for schema, database in services.items():
        own = ROOT / "services" / schema / "migrations"
        await asyncio.to_thread(migrate, database.owner_url, schema, [*SHARED, own])
    house = House(
        admin_url=url_of_database(admin_url, name),
        services=services,
        mine=new_id(),
        theirs=new_id(),
    )
    await furnish(house)
    return house


async def demolish(admin_url: str, name: str) -> None:
    """Drop the database, whoever is still connected."""
    admin = await asyncpg.connect(admin_url)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def furnish(house: House) -> None:
    """Put the rows in. What a row must be to make sense is not asked here, only whose it is: the
    checks and foreign keys of this copy are dropped."""
    connection = await asyncpg.connect(house.admin_url)
    try:
        for schema in SCHEMAS:
            drops = await connection.fetch(
                """
                SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname)
                FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
                WHERE n.nspname = $1 AND k.contype IN ('c', 'f') AND k.conparentid = 0
                """,
                schema,
            )
            for [drop] in drops:
                await connection.execute(drop)
            for table in await tables(connection, schema):
                for tenant_id in (house.mine, house.theirs):
                    await connection.execute(await insertion(connection, schema, table, tenant_id))
    finally:
        await connection.close()


async def insertion(connection: Connection, schema: str, table: str, tenant_id: UUID) -> str:
    """A statement that inserts one row for the tenant."""
    wanted = [column for column in await columns(connection, schema, table) if asked(column)]
    names = ", ".join(f'"{column.name}"' for column in wanted)
    values = ", ".join(value(column, tenant_id) for column in wanted)
    return f'INSERT INTO {schema}."{table}" ({names}) VALUES ({values})'


def asked(column: Column) -> bool:
    """Whether an insert has to give it."""
    return column.needed and not column.given


def value(column: Column, tenant_id: UUID) -> str:
    """An expression of the column's type."""
    if column.name == "tenant_id":
        return f"'{tenant_id}'::uuid"
    if column.kind.endswith("[]"):
        return f"'{{}}'::{column.kind}"
    return _VALUES[column.kind]


@pytest.fixture(params=SCHEMAS)
def schema(request: pytest.FixtureRequest) -> str:
    """Each service that keeps data."""
    return str(request.param)


async def test_the_catalogue_keeps_the_rules(house: House, schema: str) -> None:
    async with connected(house.services[schema].owner_url) as connection:
        assert await catalogue.check(connection, schema) == []


async def test_every_exception_is_still_needed(house: House) -> None:
    """A line of policies.toml that no schema has any more is a permission in waiting."""
    exceptions = catalogue.Exceptions.read()
    unused = []
    async with connected(house.admin_url) as connection:
        for line in exceptions.policy:
            schemas = SCHEMAS if line.schema == "*" else [line.schema]
            for name in schemas:
                found = await connection.fetchval(
                    """
                    SELECT count(*) FROM pg_policies
                    WHERE schemaname = $1 AND tablename = $2 AND roles = ARRAY[$3::name]
                        AND cmd = $4
                    """,
                    name,
                    line.table,
                    f"{name}_{line.role}",
                    line.command,
                )
                if found == 0:
                    unused.append(f"{name}.{line.table} {line.role} {line.command}")
        for line in exceptions.untenanted:
            schemas = SCHEMAS if line.schema == "*" else [line.schema]
            there = {name: await relations(connection, name) for name in schemas}
            unused += [f"{name}.{line.table}" for name in schemas if line.table not in there[name]]
    assert unused == []


_TENANT = "tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)"
_PLAIN = "CREATE TABLE planted (tenant_id uuid NOT NULL, id uuid NOT NULL, other_id uuid"
_TABLE = f"{_PLAIN}, PRIMARY KEY (tenant_id, id))"
_ENABLE = "ALTER TABLE planted ENABLE ROW LEVEL SECURITY"
_FORCE = "ALTER TABLE planted FORCE ROW LEVEL SECURITY"
_POLICY = (
    f"CREATE POLICY tenant ON planted FOR ALL TO messaging_app USING ({_TENANT})"
    f" WITH CHECK ({_TENANT})"
)
_WHOLE = (_TABLE, _ENABLE, _FORCE, _POLICY)

PLANTED: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "no tenant": (
        ("CREATE TABLE planted (id uuid PRIMARY KEY)",),
        "has no tenant_id that is not null",
    ),
    "row-level security off": ((_TABLE,), "has row-level security switched off"),
    "not forced": ((_TABLE, _ENABLE, _POLICY), "does not force row-level security"),
    "no policy": ((_TABLE, _ENABLE, _FORCE), "has no policy named tenant"),
    "no check": (
        (
            _TABLE,
            _ENABLE,
            _FORCE,
            f"CREATE POLICY tenant ON planted FOR ALL TO messaging_app USING ({_TENANT})",
        ),
        "does not write by the tenant",
    ),
    "everybody's policy": (
        (*_WHOLE, "CREATE POLICY more ON planted FOR SELECT TO messaging_app USING (true)"),
        "lets messaging_app SELECT and is not in policies.toml",
    ),
    "key of its own": (
        (f"{_PLAIN}, PRIMARY KEY (id, tenant_id))", _ENABLE, _FORCE, _POLICY),
        "has a primary key that does not lead with tenant_id",
    ),
    "index of its own": (
        (*_WHOLE, "CREATE INDEX planted_other ON planted (other_id)"),
        "does not lead with tenant_id",
    ),
    "reference without tenant": (
        (
            *_WHOLE,
            "CREATE UNIQUE INDEX planted_id ON planted (id)",
            "ALTER TABLE planted ADD FOREIGN KEY (other_id) REFERENCES planted (id)",
        ),
        "is a foreign key without tenant_id",
    ),
    "view with its owner's rights": (
        ("CREATE VIEW planted AS SELECT * FROM message",),
        "is a view without its reader's rights",
    ),
    "rights for another service": (
        (*_WHOLE, "GRANT SELECT ON planted TO contacts_app"),
        "gives rights to contacts_app",
    ),
    "rights for everybody": (
        (*_WHOLE, "GRANT SELECT ON planted TO PUBLIC"),
        "gives rights to -",
    ),
    "emptied around row-level security": (
        (*_WHOLE, "GRANT TRUNCATE ON planted TO messaging_app"),
        "lets messaging_app TRUNCATE, which row-level security does not hold back",
    ),
    "a partition that is read past its table's policy": (
        (
            f"{_PLAIN}, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id)",
            _ENABLE,
            _FORCE,
            _POLICY,
            "CREATE TABLE planted_0 PARTITION OF planted FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
            "GRANT SELECT ON planted_0 TO messaging_app",
        ),
        "is a partition that messaging_app reaches past its table's policies",
    ),
}


@pytest.mark.parametrize(("statements", "rule"), PLANTED.values(), ids=PLANTED.keys())
async def test_a_planted_hole_is_found(
    house: House, statements: tuple[str, ...], rule: str
) -> None:
    async with connected(house.services["messaging"].owner_url) as connection:
        for statement in statements:
            await connection.execute(statement)
        found = await catalogue.check(connection, "messaging")
    assert rule in {violation.rule for violation in found}


async def test_what_is_right_is_no_hole(house: House) -> None:
    async with connected(house.services["messaging"].owner_url) as connection:
        for statement in _WHOLE:
            await connection.execute(statement)
        assert await catalogue.check(connection, "messaging") == []


async def attempt(connection: Connection, statement: str) -> list[Any] | None:
    """What the statement returns, and then takes back; None when the role may not do it."""
    part = connection.transaction()
    await part.start()
    try:
        return await connection.fetch(statement)
    except REFUSED:
        return None
    except asyncpg.UniqueViolationError:
        return []
    finally:
        await part.rollback()


async def test_a_tenant_sees_and_changes_its_own_rows_alone(house: House, schema: str) -> None:
    async with connected(house.admin_url) as admin:
        names = await tables(admin, schema)
        inserts = {
            (name, tenant): await insertion(admin, schema, name, tenant)
            for name in names
            for tenant in (house.mine, house.theirs)
        }
    seen = 0
    async with connected(house.url(schema, "app"), house.mine) as app:
        for name in names:
            table = f'{schema}."{name}"'
            rows = await attempt(app, f"SELECT tenant_id FROM {table}")
            assert rows is None or [row["tenant_id"] for row in rows] == [house.mine], name
            seen += rows is not None
            for change in (
                f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = '{house.theirs}'",
                f"DELETE FROM {table} WHERE tenant_id = '{house.theirs}'",
            ):
                assert not await attempt(app, f"{change} RETURNING 1"), change
            gift = f"UPDATE {table} SET tenant_id = '{house.theirs}' RETURNING 1"
            assert await attempt(app, gift) is None, gift
            assert await attempt(app, inserts[name, house.theirs]) is None, name
            # The refusal above is the policy's, not an accident: for its own tenant it works.
            may = await app.fetchval("SELECT has_table_privilege($1, 'INSERT')", table)
            own = await attempt(app, inserts[name, house.mine])
            assert (own is not None) == may, name
    assert seen


async def test_without_a_tenant_nothing_is_seen_or_written(house: House, schema: str) -> None:
    async with connected(house.admin_url) as admin:
        names = await tables(admin, schema)
        inserts = [await insertion(admin, schema, name, house.mine) for name in names]
    async with connected(house.url(schema, "app")) as app:
        for name, insert in zip(names, inserts, strict=True):
            assert not await attempt(app, f'SELECT 1 FROM {schema}."{name}"'), name
            assert await attempt(app, insert) is None, name


async def test_relay_and_system_see_what_the_list_says(house: House, schema: str) -> None:
    """Across tenants, and not one table more."""
    listed = {
        (line.table, line.role)
        for line in catalogue.Exceptions.read().policy
        if line.schema in {"*", schema} and line.command in {"ALL", "SELECT"}
    }
    seen = set()
    async with connected(house.admin_url) as admin:
        names = await tables(admin, schema)
    for role in ("relay", "system"):
        async with connected(house.url(schema, role)) as connection:
            for name in names:
                if await attempt(connection, f'SELECT tenant_id FROM {schema}."{name}"'):
                    seen.add((name, role))
    # Less is possible: a policy may have a condition that the furnished rows do not meet.
    assert seen <= listed
    assert ("outbox", "relay") in seen


async def test_another_services_roles_are_refused_everything(house: House, schema: str) -> None:
    async with connected(house.admin_url) as admin:
        names = await relations(admin, schema)
    others = [other for other in SCHEMAS if other != schema]
    for other, role in itertools.product(others, ROLES):
        async with connected(house.url(other, role), house.mine) as connection:
            for name in names:
                for statement in (
                    f'SELECT 1 FROM {schema}."{name}"',
                    f'DELETE FROM {schema}."{name}"',
                    f'INSERT INTO {schema}."{name}" DEFAULT VALUES',
                ):
                    refused = await attempt(connection, statement)
                    assert refused is None, f"{other}_{role}: {statement}"
