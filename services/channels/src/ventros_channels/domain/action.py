"""What a provider does to messages that are there, in words that no provider owns."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

LONGEST_WAIT = timedelta(seconds=30)


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One that waits; `requested` is the event that asked for it, as it came."""

    tenant_id: UUID
    id: UUID
    channel_id: UUID
    attempts: int
    expires_at: datetime
    requested: bytes


def wait_after(attempts: int) -> timedelta:
    """How long until it is tried again: doubled each time, up to a limit."""
    return min(LONGEST_WAIT, timedelta(seconds=2 ** min(attempts, 10)))
