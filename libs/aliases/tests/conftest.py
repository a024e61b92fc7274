"""A database with one table of the shape that a forest needs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from platform_postgres import Database, PostgresSettings

SCHEMA = """
CREATE TABLE contact_ref (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    project_id uuid NOT NULL,
    root_id    uuid,
    version    integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX contact_ref_root ON contact_ref (tenant_id, root_id) WHERE root_id IS NOT NULL;
ALTER TABLE contact_ref ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON contact_ref FOR ALL TO aliases_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON contact_ref TO aliases_app;
"""


@pytest.fixture
def settings(make_database: Callable[[str], Any]) -> PostgresSettings:
    """Addresses of a database that has the table."""
    made = make_database("aliases")

    async def create() -> None:
        owner = await asyncpg.connect(made.owner_url)
        await owner.execute(SCHEMA)
        await owner.close()

    asyncio.run(create())
    return PostgresSettings(
        database_app_url=made.app_url,
        database_relay_url=made.relay_url,
        database_system_url=made.system_url,
        database_pool_size=20,
    )


@pytest.fixture
async def database(settings: PostgresSettings) -> AsyncIterator[Database]:
    """The application's way in."""
    opened = Database(settings, service="aliases")
    yield opened
    await opened.close()
