"""What the timers hear of sessions.

Events may come late and out of order, so none is believed: each makes the timer look at the row.
"""

from collections.abc import Awaitable, Sequence
from typing import TypeAlias
from uuid import UUID

from platform_bus import Consumer, Received
from proto_events.registry import DOMAIN_EXCHANGE
from proto_events.sessions import (
    SessionEnded,
    SessionReopened,
    SessionStarted,
    SessionTimeoutChanged,
)
from ventros_sessions.workflows.timers import Timers, together

Heard: TypeAlias = SessionStarted | SessionReopened | SessionTimeoutChanged | SessionEnded


def lifecycle(timers: Timers) -> Consumer:
    """The consumer that keeps the timers up with the sessions."""

    async def call(events: Sequence[Received[Heard]]) -> None:
        """Start or signal timers. Raises `TemporalAway`: deferred with a back-off."""
        await together(
            [
                started
                for received in events
                if (started := _call(timers, received.envelope.tenant_id, received.data))
                is not None
            ]
        )

    return Consumer(
        name="sessions.lifecycle",
        types={
            "session.started.v1": SessionStarted,
            "session.reopened.v1": SessionReopened,
            "session.timeout_changed.v1": SessionTimeoutChanged,
            "session.ended.v1": SessionEnded,
        },
        call=call,
        exchange=DOMAIN_EXCHANGE,
    )


def _call(timers: Timers, tenant_id: UUID, event: Heard) -> Awaitable[None] | None:
    match event:
        case SessionStarted():
            return timers.start(
                tenant_id, event.session_id, event.started_at, event.timeout_seconds
            )
        case SessionReopened():
            return timers.look(tenant_id, event.session_id, "reopened")
        case SessionTimeoutChanged():
            return timers.look(tenant_id, event.session_id, "timeout_changed")
        case SessionEnded():
            # The timer that ended it is done, and one that still sleeps finds it ended.
            if event.reason == "inactivity_timeout":
                return None
            return timers.closed(event.session_id)
