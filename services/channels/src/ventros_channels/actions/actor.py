"""What a provider has to be for something to be done to its messages."""

from typing import Protocol

from proto_events.message_actions import MessageActionRequested
from ventros_channels.domain.connection import Connection


class Actor(Protocol):
    """A provider that does something to messages. Whatever it is asked twice is done once."""

    async def act(self, at: Connection, asked: MessageActionRequested) -> None:
        """Do it.

        Raises:
            NotSent
        """
        ...
