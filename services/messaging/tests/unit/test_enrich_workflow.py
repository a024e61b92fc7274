"""The workflow under a clock that jumps: the provider is a few lines here, the workflow is real."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from platform_core.ids import new_id
from platform_workflows import data_converter, sandbox
from ventros_messaging.workflows.contract import Order, workflow_id
from ventros_messaging.workflows.workflows import EnrichMessage


class Desk:
    """Whoever reads; `failures` attempts fail first."""

    def __init__(self, failures: int, wait: timedelta | None = None) -> None:
        self.failures, self.wait = failures, wait
        self.attempts = self.given_up = 0

    @activity.defn(name="enrich")
    async def enrich(self, order: Order) -> None:
        self.attempts += 1
        if self.attempts <= self.failures:
            raise ApplicationError("away", type="ProviderAway", next_retry_delay=self.wait)

    @activity.defn(name="give_up")
    async def give_up(self, order: Order) -> None:
        self.given_up += 1


async def run(environment: WorkflowEnvironment, desk: Desk) -> timedelta:
    """A file from its request to its end; how long that took."""
    client = Client(**{**environment.client.config(), "data_converter": data_converter})
    queue = f"messaging-{uuid4()}"
    async with Worker(
        client,
        task_queue=queue,
        workflows=[EnrichMessage],
        activities=[desk.enrich, desk.give_up],
        workflow_runner=sandbox(["ventros_messaging.workflows.contract"]),
    ):
        began = await environment.get_current_time()
        order = Order(tenant_id=new_id(), message_id=new_id())
        await client.execute_workflow(
            EnrichMessage.run, order, id=workflow_id(order.message_id), task_queue=queue
        )
        return await environment.get_current_time() - began


@pytest.mark.parametrize("failures", [0, 1, 5])
async def test_it_is_tried_until_it_works(temporal_env: WorkflowEnvironment, failures: int) -> None:
    desk = Desk(failures)
    await run(temporal_env, desk)
    assert (desk.attempts, desk.given_up) == (failures + 1, 0)


async def test_it_is_given_up_once_when_its_time_is_over(
    temporal_env: WorkflowEnvironment,
) -> None:
    desk = Desk(1000)
    await run(temporal_env, desk)
    assert desk.given_up == 1
    # Growing pauses of five minutes at most, in half an hour.
    assert 8 <= desk.attempts <= 16


async def test_a_provider_that_asks_to_wait_is_left_alone_as_long(
    temporal_env: WorkflowEnvironment,
) -> None:
    desk = Desk(2, wait=timedelta(minutes=6))
    took = await run(temporal_env, desk)
    assert (desk.attempts, desk.given_up) == (3, 0)
    assert took >= timedelta(minutes=12)
