"""An import of history as Temporal sees it: stretches of pages until there are none left."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from ventros_channels.workflows.contract import REFUSED, Ending, Order

STRETCHES_PER_RUN = 100
"""About 600 events of history, then the workflow continues as new."""

TIME = timedelta(hours=24)
"""How long a stretch is tried, all attempts together: a phone may be off for a day."""

HEARTBEAT = timedelta(seconds=10)
"""A worker that says nothing for so long is dead, and another goes on."""

TOO_LATE = "The provider did not show its history for too long."

_AGAIN = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(minutes=2),
    non_retryable_error_types=[REFUSED],
)
_FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
)


@workflow.defn(name="ImportHistory")
class ImportHistory:
    """Takes what a provider kept of a channel's chats; what was taken is in PostgreSQL."""

    @workflow.run
    async def run(self, order: Order) -> None:
        try:
            await _work("begin_history_import", order)
            for _ in range(STRETCHES_PER_RUN):
                if not await _work("carry_on_history_import", order):
                    await _end(Ending(order=order))
                    return
        except ActivityError as error:
            await _end(Ending(order=order, failure=_reason(error)))
            return
        workflow.continue_as_new(order)


async def _work(activity: str, order: Order) -> bool:
    more: bool = await workflow.execute_activity(
        activity,
        order,
        result_type=bool,
        start_to_close_timeout=timedelta(hours=1),
        schedule_to_close_timeout=TIME,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=_AGAIN,
    )
    return more


async def _end(ending: Ending) -> None:
    await workflow.execute_activity(
        "end_history_import",
        ending,
        start_to_close_timeout=timedelta(seconds=20),
        retry_policy=_FOR_EVER,
    )


def _reason(error: ActivityError) -> str:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == REFUSED:
        return cause.message
    return TOO_LATE
