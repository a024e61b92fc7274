"""Schemas and roles of the services in one PostgreSQL cluster.

Each service has one schema, named like it, and four roles: `owner` migrates and owns everything
in the schema, `app` serves, `relay` empties the outbox, `system` does the few jobs without a
tenant. No role bypasses row-level security, none may do anything outside its schema; what `app`,
`relay` and `system` may do inside is granted table by table in the migrations.

The same code makes the databases of the tests, so that they have the rights of the real one.
"""

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, urlsplit

import asyncpg
import msgspec

ROLES = ("owner", "app", "relay", "system")

# Trusted extensions that migrations may use. They live in a schema of their own because a
# database holds each extension once, and two services may want the same one.
EXTENSIONS_SCHEMA = "extensions"
EXTENSIONS = ("btree_gin", "pg_trgm", "unaccent")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_LOCK = 0x56454E54524F53  # "VENTROS": one provisioner at a time in a cluster

Password = Callable[[str], str]


class ServiceDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """One service's way into one database, a URL for each of its roles."""

    name: str
    service: str
    owner_url: str
    app_url: str
    relay_url: str
    system_url: str


def service_database(
    admin_url: str, database: str, service: str, password: Password
) -> ServiceDatabase:
    """The URLs of one service's roles. `password` gives the password of a role by its name."""
    address = urlsplit(admin_url)
    where = f"{address.hostname}:{address.port or 5432}"

    def url(role: str) -> str:
        login = role_name(service, role)
        return f"postgresql://{login}:{quote(password(login), safe='')}@{where}/{database}"

    return ServiceDatabase(
        name=database,
        service=service,
        owner_url=url("owner"),
        app_url=url("app"),
        relay_url=url("relay"),
        system_url=url("system"),
    )


def role_name(service: str, role: str) -> str:
    """The login of one of a service's roles."""
    return f"{service}_{role}"


async def provision_roles(
    admin: asyncpg.Connection, services: Iterable[str], password: Password
) -> None:
    """Have the roles of these services, with these passwords. Roles belong to the cluster."""
    async with admin.transaction():
        await admin.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        there = {row["rolname"] for row in await admin.fetch("SELECT rolname FROM pg_roles")}
        statements = []
        for service in services:
            for role in ROLES:
                login = _checked(role_name(service, role))
                verb = "ALTER" if login in there else "CREATE"
                statements.append(
                    f"{verb} ROLE {login} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"
                    f" NOREPLICATION NOBYPASSRLS PASSWORD {_literal(password(login))}"
                )
                statements.append(
                    f"ALTER ROLE {login} SET search_path = {service}, {EXTENSIONS_SCHEMA}"
                )
        await admin.execute(";\n".join(statements))


async def provision_database(
    admin: asyncpg.Connection, admin_url: str, database: str, services: Iterable[str]
) -> None:
    """Have this database with a schema for each service and no rights for anybody else."""
    services = list(services)
    if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
        await admin.execute(f"CREATE DATABASE {_checked(database)} TEMPLATE template0")
    await admin.execute(connect_rights(database, services))
    inside = await asyncpg.connect(url_of_database(admin_url, database))
    try:
        async with inside.transaction():
            await inside.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await inside.execute(await _schemas(inside, services))
    finally:
        await inside.close()


def connect_rights(database: str, services: Iterable[str]) -> str:
    """Statements that let only these services' roles into the database.

    A database made from a template does not inherit such rights.
    """
    logins = ", ".join(_checked(role_name(service, role)) for service in services for role in ROLES)
    name = _checked(database)
    return (
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {logins}"
    )


def url_of_database(url: str, database: str) -> str:
    """The same server and login, another database."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


async def _schemas(inside: asyncpg.Connection, services: list[str]) -> str:
    available = {
        row["name"] for row in await inside.fetch("SELECT name FROM pg_available_extensions")
    }
    statements = [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"CREATE SCHEMA IF NOT EXISTS {EXTENSIONS_SCHEMA}",
        *(
            f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA {EXTENSIONS_SCHEMA}"
            for extension in EXTENSIONS
            if extension in available
        ),
    ]
    for service in services:
        schema = _checked(service)
        owner, *others = (role_name(service, role) for role in ROLES)
        statements += [
            f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}",
            f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC",
            f"GRANT USAGE ON SCHEMA {schema} TO {', '.join(others)}",
            f"GRANT USAGE ON SCHEMA {EXTENSIONS_SCHEMA} TO {', '.join([owner, *others])}",
        ]
    return ";\n".join(statements)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a name for a role, schema or database")
    return name


def _literal(text: str) -> str:
    if "'" in text or "\\" in text:
        raise ValueError("a password must not contain quotes or backslashes")
    return f"'{text}'"
