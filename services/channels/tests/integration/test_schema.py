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


# Only the sweep of the system role forgets, and it takes nothing of the last day
# (test_retention.py).
@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("app", "DELETE FROM raw_event"),
        ("app", "DELETE FROM provider_message"),
        ("app", "UPDATE raw_event SET event = 'x'"),
        ("system", "UPDATE raw_event SET event = 'x'"),
        ("system", "UPDATE provider_message SET stanza = 'x'"),
        ("app", "DELETE FROM channel"),
        ("system", "DELETE FROM channel"),
    ],
)
async def test_what_was_stored_cannot_be_rewritten(
    database: Database, role: str, statement: str
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
