"""Transactions by role and tenant, against the real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from platform_core.ids import new_id
from platform_postgres import Database, PostgresSettings, Tx, is_away, is_transient, savepoint
from platform_postgres.ahead import KEPT_SECONDS
from platform_postgres.database import use_tenant

ADD = "INSERT INTO inbox (tenant_id, consumer, event_id) VALUES ($1, 'c', $2)"
COUNT = "SELECT count(*) FROM inbox"


@pytest.fixture
async def database(make_database: Callable[[str], Any]) -> AsyncIterator[Database]:
    urls = make_database("pgprobe")
    settings = PostgresSettings(
        database_app_url=urls.app_url,
        database_relay_url=urls.relay_url,
        database_system_url=urls.system_url,
        database_pool_size=2,
        database_acquire_timeout=0.5,
    )
    opened = Database(settings, service="pgprobe")
    yield opened
    await opened.close()


async def test_a_tenant_sees_and_writes_its_own_rows_alone(database: Database) -> None:
    one, two = new_id(), new_id()
    async with database.tenant(one) as tx:
        await tx.execute(ADD, one, new_id())
    async with database.tenant(two) as tx:
        assert await tx.fetchval(COUNT) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.execute(ADD, one, new_id())
        await tx.execute("ROLLBACK; BEGIN")
    async with database.tenant(one) as tx:
        assert await tx.fetchval(COUNT) == 1


async def test_a_bundle_sees_nothing_until_it_is_told_whose_part_it_is(database: Database) -> None:
    one, two = new_id(), new_id()
    async with database.bundle() as tx:
        assert await tx.fetchval(COUNT) == 0
        for tenant in (one, two):
            await use_tenant(tx, tenant)
            await tx.execute(ADD, tenant, new_id())
            assert await tx.fetchval(COUNT) == 1


async def test_nothing_of_a_tenant_stays_on_the_connection(database: Database) -> None:
    tenant = new_id()
    async with database.tenant(tenant) as tx:
        await tx.execute(ADD, tenant, new_id())
    for _ in range(3):
        async with database.bundle() as tx:
            assert await tx.fetchval(COUNT) == 0


async def test_one_plan_for_all_holds_for_the_transaction_that_asks_for_it(
    database: Database,
) -> None:
    seen = []
    for same_plan in (True, False):
        async with database.tenant(new_id(), same_plan=same_plan) as tx:
            seen.append(await tx.fetchval("SHOW plan_cache_mode"))
    assert seen == ["force_generic_plan", "auto"]


async def test_what_fails_is_rolled_back_and_the_connection_serves_on(database: Database) -> None:
    tenant = new_id()
    for _ in range(5):
        with pytest.raises(asyncpg.UniqueViolationError):
            await _add_twice(database, tenant)
    async with database.tenant(tenant) as tx:
        assert await tx.fetchval(COUNT) == 0


async def _add_twice(database: Database, tenant: Any) -> None:
    async with database.tenant(tenant) as tx:
        event = new_id()
        await tx.execute(ADD, tenant, event)
        await tx.execute(ADD, tenant, event)


async def test_a_part_can_fail_alone(database: Database) -> None:
    tenant, event = new_id(), new_id()
    async with database.tenant(tenant) as tx:
        await tx.execute(ADD, tenant, event)
        with pytest.raises(asyncpg.UniqueViolationError):
            await _part_that_fails(tx, tenant, event)
        assert await tx.fetchval(COUNT) == 1


async def _part_that_fails(tx: Tx, tenant: UUID, event: UUID) -> None:
    async with savepoint(tx):
        await tx.execute(ADD, tenant, new_id())
        await tx.execute(ADD, tenant, event)


async def test_waiting_for_a_connection_has_a_deadline_that_reads_as_away(
    database: Database,
) -> None:
    async with database.tenant(new_id()), database.tenant(new_id()):
        with pytest.raises(TimeoutError) as late:
            async with database.tenant(new_id()):
                pytest.fail("there are only two connections")
    assert is_away(late.value)


async def test_a_cancelled_transaction_leaves_nothing_behind(database: Database) -> None:
    tenant = new_id()
    begun = asyncio.Event()

    async def write_and_linger() -> None:
        async with database.tenant(tenant) as tx:
            await tx.execute(ADD, tenant, new_id())
            begun.set()
            await tx.execute("SELECT pg_sleep(30)")

    task = asyncio.create_task(write_and_linger())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.tenant(tenant) as tx:
        assert await tx.fetchval(COUNT) == 0


BACKEND = "SELECT pg_backend_pid()"


async def test_the_next_bundle_is_begun_with_the_commit_of_the_last(database: Database) -> None:
    async with database.bundle() as tx:
        first = await tx.fetchval(BACKEND)
        before = await tx.fetchval("SELECT clock_timestamp()")
    await asyncio.sleep(KEPT_SECONDS / 2)
    async with database.bundle() as tx:
        assert await tx.fetchval(BACKEND) == first
        begun, now = await tx.fetchrow("SELECT now(), clock_timestamp()")
    # One clock throughout; most of the pause lies within the transaction.
    assert begun > before
    assert (now - begun).total_seconds() > KEPT_SECONDS / 4


async def test_a_transaction_that_nobody_comes_for_is_ended(
    database: Database, eventually: Callable[..., Awaitable[Any]]
) -> None:
    async with database.bundle() as tx:
        backend = await tx.fetchval(BACKEND)

    async def ended() -> None:
        # The whole pool, so that the one connection is seen as the pool gives it out.
        async with database.tenant(new_id()) as tx:
            state = "SELECT state FROM pg_stat_activity WHERE pid = $1"
            assert await tx.fetchval(BACKEND) == backend or (
                await tx.fetchval(state, backend) == "idle"
            )

    await eventually(ended)


async def test_bundles_side_by_side_each_have_a_connection(database: Database) -> None:
    tenant = new_id()

    async def one() -> None:
        async with database.bundle() as tx:
            await use_tenant(tx, tenant)
            await tx.execute(ADD, tenant, new_id())

    for _ in range(3):
        await asyncio.gather(one(), one())
    async with database.tenant(tenant) as tx:
        assert await tx.fetchval(COUNT) == 6


async def test_a_bundle_that_fails_leaves_nothing_to_the_next(database: Database) -> None:
    tenant, event = new_id(), new_id()
    for _ in range(3):
        with pytest.raises(asyncpg.UniqueViolationError):
            await _bundle_that_fails(database, tenant, event)
    async with database.bundle() as tx:
        await use_tenant(tx, tenant)
        assert await tx.fetchval(COUNT) == 0


async def _bundle_that_fails(database: Database, tenant: UUID, event: UUID) -> None:
    async with database.bundle() as tx:
        await use_tenant(tx, tenant)
        await tx.execute(ADD, tenant, event)
        await tx.execute(ADD, tenant, event)


async def test_a_waiting_transaction_whose_server_process_died_costs_one_failure(
    database: Database,
) -> None:
    async with database.bundle() as tx:
        backend = await tx.fetchval(BACKEND)
    async with database.tenant(new_id()) as tx:
        await tx.execute("SELECT pg_terminate_backend($1)", backend)
    with pytest.raises(_AWAY) as died:
        await _look(database)
    assert is_away(died.value)
    assert await _look(database) != backend


_AWAY = (
    asyncpg.InternalClientError,  # the connection broke in the middle of an answer
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    OSError,
)


async def _look(database: Database) -> int:
    async with database.bundle() as tx:
        backend: int = await tx.fetchval(BACKEND)
        return backend


async def test_a_statement_of_the_system_role_is_a_transaction_of_its_own(
    database: Database,
) -> None:
    (row,) = await database.system_statement(
        "SELECT current_user AS who, current_setting('app.tenant_id', true) AS tenant"
    )
    assert row["who"].endswith("_system")
    assert not row["tenant"]


async def test_roles_may_do_their_own_job_and_no_other(database: Database) -> None:
    async with database.relay() as tx:
        await tx.execute("SELECT count(*) FROM outbox")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.execute(COUNT)
        await tx.execute("ROLLBACK; BEGIN")
    async with database.system() as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.execute("DELETE FROM outbox")
        await tx.execute("ROLLBACK; BEGIN")


async def test_only_the_relay_does_not_wait_for_the_disk(database: Database) -> None:
    asked = "SELECT current_setting('synchronous_commit')"
    async with database.relay() as tx:
        assert await tx.fetchval(asked) == "off"
    async with database.relay() as tx:
        assert await tx.fetchval(asked) == "off"
    for transaction in (database.system(), database.bundle(), database.tenant(new_id())):
        async with transaction as tx:
            assert await tx.fetchval(asked) == "on"


@pytest.mark.parametrize(
    ("error", "away", "transient"),
    [
        (ConnectionRefusedError(), True, True),
        (TimeoutError(), True, True),
        (asyncpg.AdminShutdownError(), True, True),
        (asyncpg.CannotConnectNowError(), True, True),
        (asyncpg.InterfaceError("connection is closed"), True, True),
        (asyncpg.DeadlockDetectedError(), False, True),
        (asyncpg.SerializationError(), False, True),
        (asyncpg.DataError("too long"), False, False),
        (asyncpg.UniqueViolationError(), False, False),
        (ValueError(), False, False),
    ],
)
def test_faults_are_told_apart(error: Exception, away: bool, transient: bool) -> None:
    assert (is_away(error), is_transient(error)) == (away, transient)
