"""Start and signal the timers of sessions."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from platform_workflows import TemporalAway, TemporalConnection, is_away
from ventros_sessions.workflows.contract import TASK_QUEUE, Timer, workflow_id
from ventros_sessions.workflows.workflows import SessionLifecycle

_AT_ONCE = 16
"""Calls in flight; the server itself does about 110 starts a second on two cores."""


class Timers:
    """The timers of all sessions. Every call may be repeated, in any order."""

    def __init__(self, connection: TemporalConnection, task_queue: str = TASK_QUEUE) -> None:
        self._connection = connection
        self._task_queue = task_queue
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def start(
        self, tenant_id: UUID, session_id: UUID, started_at: datetime, timeout_seconds: float
    ) -> None:
        """The timer of a session that began; one that runs already is left alone."""
        deadline = started_at + timedelta(seconds=timeout_seconds)
        await self._start(tenant_id, session_id, deadline, signal=None)

    async def look(self, tenant_id: UUID, session_id: UUID, signal: str) -> None:
        """Let the timer look now; started if none runs, for the session may be open."""
        await self._start(tenant_id, session_id, None, signal=signal)

    async def closed(self, session_id: UUID) -> None:
        """Let the timer finish early; none may run."""
        client = await self._connection.client()
        handle = client.get_workflow_handle(workflow_id(session_id))
        try:
            async with self._room:
                await handle.signal(
                    SessionLifecycle.closed, rpc_timeout=self._connection.rpc_timeout
                )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise _away(error) from error

    async def _start(
        self,
        tenant_id: UUID,
        session_id: UUID,
        first_look_at: datetime | None,
        *,
        signal: str | None,
    ) -> None:
        client = await self._connection.client()
        timer = Timer(tenant_id=tenant_id, session_id=session_id, first_look_at=first_look_at)
        try:
            async with self._room:
                await client.start_workflow(
                    SessionLifecycle.run,
                    timer,
                    id=workflow_id(session_id),
                    task_queue=self._task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    start_signal=signal,
                    rpc_timeout=self._connection.rpc_timeout,
                )
        except RPCError as error:
            raise _away(error) from error


async def together(calls: Sequence[Awaitable[None]]) -> None:
    """All calls side by side, within the limit; the first failure once all have ended."""
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


def _away(error: RPCError) -> Exception:
    return TemporalAway("Temporal does not answer.") if is_away(error) else error
