"""The timer under a clock that jumps: PostgreSQL is a Struct here, the workflow is the real one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from platform_core.ids import new_id
from platform_testkit import eventually
from platform_workflows import data_converter, sandbox
from ventros_sessions.workflows.contract import Look, Timer
from ventros_sessions.workflows.workflows import LOOKS_PER_RUN, SessionLifecycle


class Row:
    """The session as the activity finds it; its clock is the server's."""

    def __init__(self, environment: WorkflowEnvironment, timeout: timedelta) -> None:
        self.environment = environment
        self.timeout = timeout
        self.last_activity_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.last_look_at: datetime | None = None
        self.looks = 0

    async def touch(self) -> None:
        """A message."""
        self.last_activity_at = await self.environment.get_current_time()

    @activity.defn(name="end_if_idle")
    async def end_if_idle(self, timer: Timer) -> Look:
        self.looks += 1
        now = self.last_look_at = await self.environment.get_current_time()
        assert self.last_activity_at is not None
        if self.ended_at is not None:
            return Look(remaining_seconds=None)
        deadline = self.last_activity_at + self.timeout
        remaining = (deadline - now).total_seconds()
        if remaining >= 0:
            return Look(remaining_seconds=remaining)
        self.ended_at = deadline
        return Look(remaining_seconds=None)


class Bench:
    """A worker, a row, and the timer of the row's session."""

    def __init__(self, client: Client, environment: WorkflowEnvironment, row: Row) -> None:
        self.client, self.environment, self.row = client, environment, row
        self.queue = f"sessions-{uuid4()}"

    async def begin(self) -> "WorkflowHandle[Any, None]":
        """The row's session starts now, and so does its timer."""
        await self.row.touch()
        assert self.row.last_activity_at is not None
        timer = Timer(
            tenant_id=new_id(),
            session_id=new_id(),
            first_look_at=self.row.last_activity_at + self.row.timeout,
        )
        return await self.client.start_workflow(
            SessionLifecycle.run, timer, id=f"session-{timer.session_id}", task_queue=self.queue
        )


@pytest.fixture
async def bench(temporal_env: WorkflowEnvironment) -> AsyncIterator[Bench]:
    client = Client(**{**temporal_env.client.config(), "data_converter": data_converter})
    bench = Bench(client, temporal_env, Row(temporal_env, timedelta(minutes=30)))
    async with _worker(bench):
        yield bench


@asynccontextmanager
async def _worker(bench: Bench) -> AsyncIterator[None]:
    async with Worker(
        bench.client,
        task_queue=bench.queue,
        workflows=[SessionLifecycle],
        activities=[bench.row.end_if_idle],
        workflow_runner=sandbox(["ventros_sessions.workflows.contract"]),
    ):
        yield


async def test_a_session_without_more_messages_ends_at_its_deadline(bench: Bench) -> None:
    handle = await bench.begin()
    began = bench.row.last_activity_at
    await handle.result()
    assert bench.row.ended_at == began + bench.row.timeout
    assert bench.row.last_look_at < bench.row.ended_at + timedelta(seconds=2)


async def test_activity_moves_the_end(bench: Bench) -> None:
    handle = await bench.begin()
    for _ in range(4):
        await bench.environment.sleep(timedelta(minutes=20))
        await bench.row.touch()
    last = bench.row.last_activity_at
    await handle.result()
    assert bench.row.ended_at == last + bench.row.timeout


async def test_the_history_does_not_grow_with_the_messages(bench: Bench) -> None:
    handle = await bench.begin()
    for _ in range(100):
        await bench.environment.sleep(timedelta(seconds=30))
        await bench.row.touch()
    await handle.result()
    history = await handle.fetch_history()
    # 50 minutes of talk and the timeout: three looks, whatever was said meanwhile
    assert bench.row.looks <= 4
    assert len(history.events) <= 60


async def test_a_shorter_timeout_ends_it_earlier(bench: Bench) -> None:
    handle = await bench.begin()
    began = bench.row.last_activity_at
    await bench.environment.sleep(timedelta(minutes=5))
    bench.row.timeout = timedelta(minutes=10)
    await handle.signal(SessionLifecycle.timeout_changed)
    await handle.result()
    assert bench.row.ended_at == began + timedelta(minutes=10)


async def test_a_longer_timeout_ends_it_later(bench: Bench) -> None:
    handle = await bench.begin()
    began = bench.row.last_activity_at
    await bench.environment.sleep(timedelta(minutes=5))
    bench.row.timeout = timedelta(hours=2)
    await handle.signal(SessionLifecycle.timeout_changed)
    await handle.result()
    assert bench.row.ended_at == began + timedelta(hours=2)


async def test_a_closed_session_frees_its_timer_at_once(bench: Bench) -> None:
    handle = await bench.begin()
    began = bench.row.last_activity_at
    await bench.environment.sleep(timedelta(minutes=1))
    bench.row.ended_at = await bench.environment.get_current_time()
    await handle.signal(SessionLifecycle.closed)
    await handle.result()
    assert bench.row.last_look_at < began + timedelta(minutes=5)


async def test_a_closed_signal_that_comes_late_ends_no_session_that_was_reopened(
    bench: Bench,
) -> None:
    handle = await bench.begin()
    began = bench.row.last_activity_at
    await handle.signal(SessionLifecycle.closed)
    await handle.result()
    assert bench.row.ended_at == began + bench.row.timeout


async def test_a_session_of_days_continues_as_new(bench: Bench) -> None:
    handle = await bench.begin()
    began = bench.row.last_activity_at
    for number in range(LOOKS_PER_RUN + 20):
        await handle.signal(SessionLifecycle.timeout_changed)
        await eventually(lambda looks=number: bench.row.looks > looks)
    await handle.result()
    assert bench.row.ended_at == began + bench.row.timeout
    first = bench.client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)
    events = (await first.fetch_history()).events
    assert events[-1].HasField("workflow_execution_continued_as_new_event_attributes")
    assert len(events) < 4000
