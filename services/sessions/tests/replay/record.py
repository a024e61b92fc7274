"""Keeps histories for the replay test: run it when the workflow gets a new path.

    python services/sessions/tests/replay/record.py <temporal host:port>

Histories that are there stay: they are what workflows in production may have behind them.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.client import WorkflowHandle

from platform_core.ids import new_id
from platform_workflows import TemporalConnection, TemporalSettings, WorkflowWorker, keep
from ventros_sessions.workflows.contract import Look, Timer
from ventros_sessions.workflows.workflows import LOOKS_PER_RUN, SessionLifecycle

HISTORIES = Path(__file__).with_name("histories")
CONTRACT = "ventros_sessions.workflows.contract"

Signals = Callable[["WorkflowHandle[Any, Any]"], Awaitable[None]]


async def nothing(_: "WorkflowHandle[Any, Any]") -> None:
    """No signal."""


async def close(handle: "WorkflowHandle[Any, Any]") -> None:
    """Closed by someone."""
    await handle.signal(SessionLifecycle.closed)


async def change_and_reopen(handle: "WorkflowHandle[Any, Any]") -> None:
    """Two signals in a row."""
    await handle.signal(SessionLifecycle.timeout_changed)
    await handle.signal(SessionLifecycle.reopened)


STORIES: dict[str, tuple[list[float | None], Signals]] = {
    "ended_at_the_first_look": ([None], nothing),
    "activity_moved_the_end_twice": ([0.3, 0.2, None], nothing),
    "closed_while_it_slept": ([None], close),
    "timeout_changed_and_reopened": ([0.2, 0.2, 0.2, None], change_and_reopen),
    "continued_as_new": ([0.0] * LOOKS_PER_RUN + [None], nothing),
}
"""What the looks find, one after the other, and the signals that are sent at the start."""


async def record(connection: TemporalConnection, name: str) -> None:
    """Run one story and keep its history, of the first run."""
    looks, signals = STORIES[name]
    found: Iterator[float | None] = iter(looks)

    @activity.defn(name="end_if_idle")
    async def end_if_idle(_: Timer) -> Look:
        return Look(remaining_seconds=next(found, None))

    queue = f"record-{uuid4()}"
    async with WorkflowWorker(
        connection,
        task_queue=queue,
        workflows=[SessionLifecycle],
        activities=[end_if_idle],
        passthrough=[CONTRACT],
    ):
        client = await connection.client()
        wait = timedelta(seconds=600 if signals is close else 1)
        timer = Timer(
            tenant_id=new_id(), session_id=new_id(), first_look_at=datetime.now(UTC) + wait
        )
        handle = await client.start_workflow(
            SessionLifecycle.run, timer, id=f"session-{timer.session_id}", task_queue=queue
        )
        await signals(handle)
        await handle.result()
        run = client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)
        await keep(run, HISTORIES / f"{name}.json")


async def main(address: str) -> None:
    """Record every story that has no history yet."""
    HISTORIES.mkdir(exist_ok=True)
    connection = TemporalConnection(TemporalSettings(temporal_address=address))
    for name in STORIES:
        if not (HISTORIES / f"{name}.json").exists():
            await record(connection, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
