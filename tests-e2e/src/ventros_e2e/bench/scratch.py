"""A schema with nothing but the bus's tables, beside those of the services, to measure on."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from platform_bus import MIGRATIONS
from platform_core.ids import new_id
from platform_devstack.provision import (
    ServiceDatabase,
    provision_database,
    provision_roles,
    service_database,
)
from platform_postgres import Database, PostgresSettings, migrate

NAME = "bench"
CONNECTIONS = 16
TENANTS = 20


def _password(login: str) -> str:
    return hashlib.sha256(f"scratch {login}".encode()).hexdigest()


async def _provision(admin_url: str) -> ServiceDatabase:
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        await provision_roles(admin, [NAME], _password)
        await provision_database(admin, admin_url, NAME, [NAME])
    finally:
        await admin.close()
    made = service_database(admin_url, NAME, NAME, _password)
    await asyncio.to_thread(migrate, made.owner_url, NAME, [MIGRATIONS])
    return made


@asynccontextmanager
async def scratch_database(admin_url: str) -> AsyncIterator[Database]:
    """A fresh database with an outbox; dropped at the end."""
    made = await _provision(admin_url)
    settings = PostgresSettings(
        database_app_url=made.app_url,
        database_relay_url=made.relay_url,
        database_system_url=made.system_url,
        database_pool_size=CONNECTIONS,
        database_statement_timeout=120.0,
    )
    database = Database(settings, service=NAME)
    try:
        yield database
    finally:
        await database.close()
        admin = await asyncpg.connect(admin_url)
        await admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        await admin.close()


def tenants() -> list[UUID]:
    """As many as the inbound load has."""
    return [new_id() for _ in range(TENANTS)]
