"""The fixtures give real servers, each test its own part of them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import aio_pika
import asyncpg
import pytest
from temporalio import workflow
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from platform_auth.testing import InternalTokens
from platform_testkit import Servers, ServiceDatabase, TestTenant


async def count(url: str, sql: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(sql)
        return found
    finally:
        await connection.close()


async def test_a_database_is_migrated_and_has_the_roles_of_its_service(
    make_database: Callable[[str], ServiceDatabase],
) -> None:
    database = make_database("contacts")

    owned = "SELECT count(*) FROM pg_tables WHERE tableowner = current_user"
    assert await count(database.owner_url, owned) > 5
    assert await count(database.app_url, "SELECT count(*) FROM outbox WHERE false") == 0
    assert await count(database.app_url, owned) == 0


async def test_databases_of_one_test_do_not_meet(
    make_database: Callable[[str], ServiceDatabase],
) -> None:
    first, second = make_database("messaging"), make_database("messaging")
    connection = await asyncpg.connect(first.owner_url)
    await connection.execute("CREATE TABLE here (id int)")
    await connection.close()

    with pytest.raises(asyncpg.UndefinedTableError):
        await count(second.owner_url, "SELECT count(*) FROM here")


async def test_a_vhost_is_fresh_and_usable(
    amqp_vhost: str, make_amqp_vhost: Callable[[], str]
) -> None:
    other = make_amqp_vhost()
    assert other != amqp_vhost
    async with await aio_pika.connect(amqp_vhost) as connection:
        channel = await connection.channel()
        await channel.declare_queue("q", arguments={"x-queue-type": "quorum"}, durable=True)
    async with await aio_pika.connect(other) as connection:
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await channel.get_queue("q")


def test_all_servers_have_addresses(servers: Servers, temporal: str, redis_url: str) -> None:
    assert servers.temporal_address == temporal
    assert servers.redis_url == redis_url
    assert servers.amqp_url.startswith("amqp://")
    assert servers.amqp_management_url.startswith("http://")


@workflow.defn
class Nap:
    """Sleeps for a month."""

    @workflow.run
    async def run(self) -> str:
        """One timer."""
        await workflow.sleep(timedelta(days=30))
        return "rested"


async def test_the_clock_of_the_time_skipping_server_jumps(
    temporal_env: WorkflowEnvironment,
) -> None:
    worker = Worker(
        temporal_env.client,
        task_queue="naps",
        workflows=[Nap],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )

    async with worker:
        said = await temporal_env.client.execute_workflow(Nap.run, id="nap", task_queue="naps")

    assert said == "rested"


def test_a_token_is_verified_as_the_gateways(
    internal_tokens: InternalTokens, internal_token: Callable[..., str], tenant: TestTenant
) -> None:
    token = internal_token(tenant.tenant_id, tenant.project_id, "readonly")

    principal = internal_tokens.verifier.verify(token)

    assert principal.tenant_id == tenant.tenant_id
    assert principal.project_id == tenant.project_id
    assert isinstance(tenant.tenant_id, UUID)
