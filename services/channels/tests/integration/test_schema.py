"""The schema keeps the tenancy rules, and the roles can do no more than they must."""

import asyncpg
import pytest

from platform_postgres import Database
from platform_postgres.catalogue import check
from platform_testkit import ServiceDatabase


async def test_the_catalogue_has_no_hole(service_database: ServiceDatabase) -> None:
    owner = await asyncpg.connect(service_database.owner_url)
    try:
        assert await check(owner, "channels") == []
    finally:
        await owner.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM raw_event",
        "UPDATE raw_event SET event = 'x'",
        "DELETE FROM channel",
        "DELETE FROM provider_message",
    ],
)
@pytest.mark.parametrize("role", ["app", "system"])
async def test_what_was_stored_cannot_be_rewritten(
    database: Database, statement: str, role: str
) -> None:
    transaction = database.bundle if role == "app" else database.system
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction() as tx:
            await tx.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE credential SET version = 9", "UPDATE channel SET status = 'inactive'"],
)
async def test_the_system_role_changes_no_channel(database: Database, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.system() as tx:
            await tx.execute(statement)
