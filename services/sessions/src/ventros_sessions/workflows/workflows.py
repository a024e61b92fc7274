"""The life of a session as Temporal sees it: one timer, which looks at the row when it wakes.

Messages do not signal. PostgreSQL knows the last activity; the timer sleeps until the deadline
that it last saw, looks again, and sleeps for what remains. Its history grows with the time that a
session lasts, never with the number of its messages.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from ventros_sessions.workflows.contract import Look, Timer

LOOKS_PER_RUN = 100
"""About 1,300 events of history, then the workflow continues as new."""

_SHORTEST_SLEEP = 0.01
"""Seconds. Temporal's clock and the database's differ by a little."""

_FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
)


@workflow.defn(name="SessionLifecycle")
class SessionLifecycle:
    """Ends a session when its deadline has passed, and then is done."""

    def __init__(self) -> None:
        self._look_again = False

    @workflow.run
    async def run(self, timer: Timer) -> None:
        sleep = 0.0
        if timer.first_look_at is not None:
            sleep = (timer.first_look_at - workflow.now()).total_seconds()
        for _ in range(LOOKS_PER_RUN):
            await self._sleep(sleep)
            self._look_again = False
            look = await workflow.execute_activity(
                "end_if_idle",
                timer,
                result_type=Look,
                start_to_close_timeout=timedelta(seconds=20),
                retry_policy=_FOR_EVER,
            )
            if self._look_again:
                sleep = 0.0
            elif look.remaining_seconds is None:
                return
            else:
                sleep = max(look.remaining_seconds, _SHORTEST_SLEEP)
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            Timer(
                tenant_id=timer.tenant_id,
                session_id=timer.session_id,
                first_look_at=workflow.now() + timedelta(seconds=sleep),
            )
        )

    @workflow.signal
    def timeout_changed(self) -> None:
        """The deadline is another: look now."""
        self._look_again = True

    @workflow.signal
    def reopened(self) -> None:
        """The session goes on, perhaps while this was about to finish: look now."""
        self._look_again = True

    @workflow.signal
    def closed(self) -> None:
        """The session was ended by someone: look now, and be done."""
        self._look_again = True

    async def _sleep(self, seconds: float) -> None:
        if seconds <= 0 or self._look_again:
            return
        try:
            await workflow.wait_condition(
                lambda: self._look_again, timeout=timedelta(seconds=seconds)
            )
        except asyncio.TimeoutError:  # noqa: UP041 - what the SDK raises
            return
