"""Keeps histories for the replay test: run it when the workflow gets a new path.

    python services/channels/tests/replay/record.py <temporal host:port>

Histories that are there stay: they are what workflows in production may have behind them.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias
from uuid import uuid4

from temporalio import activity
from temporalio.exceptions import ApplicationError

from platform_core.ids import new_id
from platform_workflows import TemporalConnection, TemporalSettings, WorkflowWorker, keep
from ventros_channels.workflows.contract import REFUSED, Ending, Order, workflow_id
from ventros_channels.workflows.workflows import STRETCHES_PER_RUN, ImportHistory

HISTORIES: Final = Path(__file__).with_name("histories")
CONTRACT: Final = "ventros_channels.workflows.contract"

Step: TypeAlias = bool | str
"""Whether there is more, `later`, or why not."""

LATER: Final = "later"

STORIES: Final[dict[str, Sequence[Step]]] = {
    "of_one_stretch": [False],
    "of_three_stretches": [True, True, False],
    "provider_away_for_a_while": [True, LATER, True, False],
    "refused": [True, "WAHA does not accept the channel's key."],
    "continued_as_new": [*[True] * STRETCHES_PER_RUN, False],
}
"""What the stretches find, one after the other."""


async def record(connection: TemporalConnection, name: str) -> Ending:
    """Run one story and keep its history, of the first run; how it ended."""
    steps: Iterator[Step] = iter(STORIES[name])
    endings: list[Ending] = []

    @activity.defn(name="begin_history_import")
    async def begin(_: Order) -> bool:
        return True

    @activity.defn(name="carry_on_history_import")
    async def carry_on(_: Order) -> bool:
        step = next(steps)
        if isinstance(step, bool):
            return step
        if step == LATER:
            raise ApplicationError("WAHA cannot be reached.", type="ImportLater")
        raise ApplicationError(step, type=REFUSED, non_retryable=True)

    @activity.defn(name="end_history_import")
    async def end(ending: Ending) -> None:
        endings.append(ending)

    queue = f"record-{uuid4()}"
    async with WorkflowWorker(
        connection,
        task_queue=queue,
        workflows=[ImportHistory],
        activities=[begin, carry_on, end],
        passthrough=[CONTRACT],
    ):
        client = await connection.client()
        order = Order(tenant_id=new_id(), import_id=new_id())
        handle = await client.start_workflow(
            ImportHistory.run, order, id=workflow_id(order.import_id), task_queue=queue
        )
        await handle.result()
        path = HISTORIES / f"{name}.json"
        if not path.exists():
            run = client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)
            await keep(run, path)
    (ending,) = endings
    return ending


async def main(address: str) -> None:
    """Record every story that has no history yet."""
    HISTORIES.mkdir(exist_ok=True)
    connection = TemporalConnection(TemporalSettings(temporal_address=address))
    for name in STORIES:
        if not (HISTORIES / f"{name}.json").exists():
            await record(connection, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
