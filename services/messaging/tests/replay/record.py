"""Keeps histories for the replay test: run it when the workflow gets a new path.

    python services/messaging/tests/replay/record.py

Histories that are there stay: they are what workflows in production may have behind them. The
clock jumps, for the longest of them takes half an hour.
"""

import asyncio
import sysconfig
from pathlib import Path
from uuid import uuid4

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from platform_core.ids import new_id
from platform_workflows import data_converter, keep, sandbox
from ventros_messaging.workflows.contract import Order, workflow_id
from ventros_messaging.workflows.workflows import EnrichMessage

HISTORIES = Path(__file__).with_name("histories")
CONTRACT = "ventros_messaging.workflows.contract"

STORIES = {"read_at_once": 0, "read_at_the_third_attempt": 2, "given_up": 1000}
"""How many attempts fail."""


async def record(client: Client, name: str) -> None:
    """Run one story and keep its history."""
    left = STORIES[name]

    @activity.defn(name="enrich")
    async def enrich(_: Order) -> None:
        nonlocal left
        if left:
            left -= 1
            raise ApplicationError("status 500", type="ProviderAway")

    @activity.defn(name="give_up")
    async def give_up(_: Order) -> None:
        """Nothing is kept here."""

    queue = f"record-{uuid4()}"
    async with Worker(
        client,
        task_queue=queue,
        workflows=[EnrichMessage],
        activities=[enrich, give_up],
        workflow_runner=sandbox([CONTRACT]),
    ):
        order = Order(tenant_id=new_id(), message_id=new_id())
        handle = await client.start_workflow(
            EnrichMessage.run, order, id=workflow_id(order.message_id), task_queue=queue
        )
        await handle.result()
        await keep(handle, HISTORIES / f"{name}.json")


async def main() -> None:
    """Record every story that has no history yet."""
    HISTORIES.mkdir(exist_ok=True)
    program = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(program)
    ) as environment:
        client = Client(**{**environment.client.config(), "data_converter": data_converter})
        for name in STORIES:
            if not (HISTORIES / f"{name}.json").exists():
                await record(client, name)


if __name__ == "__main__":
    asyncio.run(main())
