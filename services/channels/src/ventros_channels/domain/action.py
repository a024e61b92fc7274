"""What a provider does to messages that are there, in words that no provider owns."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from proto_events.message_actions import MessageActionRequested
from ventros_channels.domain.connection import Connection

LONGEST_WAIT = timedelta(seconds=30)


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One that waits; `requested` is the event that asked for it, as it came."""

    tenant_id: UUID
    id: UUID
    channel_id: UUID
    attempts: int
    expires_at: datetime
    requested: bytes


class Actor(Protocol):
    """A provider that does something to messages. Whatever it is asked twice is done once."""

    async def act(self, at: Connection, asked: MessageActionRequested) -> None:
        """Do it.

        Raises:
            NotSent
        """
        ...


def wait_after(attempts: int) -> timedelta:
    """How long until it is tried again: doubled each time, up to a limit."""
    return min(LONGEST_WAIT, timedelta(seconds=2 ** min(attempts, 10)))
