"""A worker as a supervised part of a process."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from platform_telemetry import get_logger
from platform_workflows.connection import TemporalAway, TemporalConnection
from platform_workflows.sandbox import sandbox

log = get_logger("platform_workflows.worker")

_FIRST_BACKOFF = 0.5
_MAX_BACKOFF = 15.0
_HEALTH_INTERVAL = 5.0
_SETTLE = 0.2


class WorkflowWorker:
    """Runs a service's workflows and activities on its task queue.

    Temporal may be away at the start and at any time later: the worker tries again with a
    growing pause (0.5 s to 15 s) and is not `ready` meanwhile, and the process lives on. One that
    is not `vital` is ready all the same: the process has other work that must not wait for it.
    """

    name = "workflows"

    def __init__(
        self,
        connection: TemporalConnection,
        *,
        task_queue: str,
        workflows: Sequence[type],
        activities: Sequence[Callable[..., Any]],
        passthrough: Sequence[str] = (),
        vital: bool = True,
    ) -> None:
        self._connection = connection
        self._task_queue = task_queue
        self._workflows = workflows
        self._activities = activities
        self._passthrough = passthrough
        self._vital = vital
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ready = False

    @property
    def ready(self) -> bool:
        """True while the worker polls and the server answers."""
        return self._ready or not self._vital

    async def start(self) -> None:
        """Begin in the background; returns at once, `ready` tells when it serves."""
        if self._task is None:
            self._stopping.clear()
            name = f"workflows:{self._task_queue}"
            self._task = asyncio.create_task(self._supervise(), name=name)

    async def stop(self) -> None:
        """Finish what is in hand, within the deadline of the settings, and stop."""
        task, self._task = self._task, None
        if task is None:
            return
        self._stopping.set()
        # Beyond the grace that the activities have been given: cancel, do not hang.
        deadline = self._connection.settings.temporal_shutdown_timeout + 5
        done, _ = await asyncio.wait([task], timeout=deadline)
        if not done:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        # The SDK's threads hand over their last answer and then let go of the interpreter; one
        # that exits in between aborts (seen in 1 of 5 runs that exit right after a call).
        await asyncio.sleep(_SETTLE)

    async def __aenter__(self) -> "WorkflowWorker":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _supervise(self) -> None:
        backoff = _FIRST_BACKOFF
        while not self._stopping.is_set():
            try:
                client = await self._connection.client()
                async with self._worker(client):
                    backoff = _FIRST_BACKOFF
                    await self._watch()
            except Exception as error:  # whatever ended the worker: say so, and begin again
                log.exception(
                    "workflow worker stopped, trying again",
                    task_queue=self._task_queue,
                    retry_in_seconds=backoff,
                    exc_info=not isinstance(error, TemporalAway),
                )
                await self._pause(backoff)
                backoff = min(backoff * 2, _MAX_BACKOFF)
            finally:
                self._ready = False

    async def _watch(self) -> None:
        while not self._stopping.is_set():
            healthy = await self._connection.healthy()
            if healthy != self._ready:
                log.info("workflow worker", task_queue=self._task_queue, ready=healthy)
            self._ready = healthy
            await self._pause(_HEALTH_INTERVAL if healthy else _FIRST_BACKOFF)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _worker(self, client: Client) -> Worker:
        settings = self._connection.settings
        return Worker(
            client,
            task_queue=self._task_queue,
            workflows=self._workflows,
            activities=self._activities,
            workflow_runner=sandbox(self._passthrough),
            max_cached_workflows=settings.temporal_cached_workflows,
            max_concurrent_workflow_tasks=settings.temporal_concurrent_tasks,
            max_concurrent_activities=settings.temporal_concurrent_activities,
            graceful_shutdown_timeout=timedelta(seconds=settings.temporal_shutdown_timeout),
        )
