"""What crosses between our code and Temporal: ids and times, never what people said."""

from datetime import datetime
from uuid import UUID

import msgspec

TASK_QUEUE = "sessions"


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """The timer of one session. `first_look_at`: when to look for the first time; None: now."""

    tenant_id: UUID
    session_id: UUID
    first_look_at: datetime | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What the timer found: the seconds that remain, or None when the session has ended."""

    remaining_seconds: float | None


def workflow_id(session_id: UUID) -> str:
    """One workflow per session, whatever happens to either."""
    return f"session-{session_id}"
