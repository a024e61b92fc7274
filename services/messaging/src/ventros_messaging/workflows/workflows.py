"""Putting a file into words as Temporal sees it: tried again until its time is over."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from ventros_messaging.workflows.contract import Order

TIME = timedelta(minutes=30)
"""All attempts together; a group waits for less."""

ONE_ATTEMPT = timedelta(minutes=4)
"""More than the provider may take, and than reading the file takes."""

_AGAIN = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(minutes=5),
    # More than there is time for, with these pauses.
    maximum_attempts=16,
)
_FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
)


@workflow.defn(name="EnrichMessage")
class EnrichMessage:
    """Has a file put into words, or says that it was given up."""

    @workflow.run
    async def run(self, order: Order) -> None:
        try:
            await workflow.execute_activity(
                "enrich",
                order,
                start_to_close_timeout=ONE_ATTEMPT,
                schedule_to_close_timeout=TIME,
                retry_policy=_AGAIN,
            )
        except ActivityError:
            await workflow.execute_activity(
                "give_up",
                order,
                start_to_close_timeout=timedelta(seconds=20),
                retry_policy=_FOR_EVER,
            )
