"""Telling events again to one queue alone: what a replay and a snapshot have in common.

They go by the default exchange, so that the queue that was named gets them and nobody else. Each is
mandatory and confirmed; a bounded queue that is full is waited for.
"""

import asyncio
from collections.abc import Callable, Sequence

import aiormq
import msgspec

from platform_bus.publisher import NotConfirmed, Parcel, Publisher
from platform_bus.settings import BusSettings
from platform_bus.topology import backlog
from proto_events.envelope import CONTENT_TYPE

REPLAYED = "ventros-replayed"
"""A header of what is told again: `true`. The event itself, and so its id, is as it was."""

FULL_RETRY_SECONDS = 0.5

Say = Callable[[str], None]
"""Told how far it came, line by line."""


class QueueUnknown(Exception):
    """There is no queue of this name; nothing was sent."""


class QueueRefused(Exception):
    """The queue took no more, or is gone. `sent` says how many events it has taken."""

    def __init__(self, queue: str, sent: int, why: str) -> None:
        super().__init__(f"{queue} took {sent} events and then no more: {why}")
        self.queue = queue
        self.sent = sent


class Sealed(msgspec.Struct, frozen=True):
    """An event ready to send: its id, and its envelope encoded."""

    id: str
    envelope: bytes


class OneQueue:
    """Sends to one queue over a connection of its own; `sent` counts what the broker confirmed."""

    def __init__(
        self,
        settings: BusSettings,
        queue: str,
        *,
        replayed: bool,
        patience: float = 60.0,
    ) -> None:
        self._queue = queue
        self._headers = {REPLAYED: "true"} if replayed else None
        self._patience = patience
        self._publisher = Publisher(settings)
        self.sent = 0

    async def check(self) -> None:
        """See that the queue is there, before anything is sent.

        Raises:
            QueueUnknown: it is not.
            OSError, TimeoutError, aiormq.exceptions.AMQPError: the broker is away.
        """
        try:
            await backlog(await self._publisher.channel(), self._queue)
        except aiormq.exceptions.ChannelNotFoundEntity as error:
            raise QueueUnknown(f"there is no queue {self._queue}; nothing was sent") from error

    async def send(self, events: Sequence[Sealed]) -> None:
        """Send these, in this order; what a full queue refuses is sent again, behind the others.

        Raises:
            QueueRefused: the queue is gone, or was full for longer than `patience` seconds.
            OSError, aiormq.exceptions.AMQPError: the connection is gone; what was not confirmed
                may have come all the same.
        """
        waiting = list(events)
        try:
            async with asyncio.timeout(self._patience) as limit:
                while waiting:
                    outcomes = await asyncio.gather(*(self._send(event) for event in waiting))
                    refused = [event for event, taken in zip(waiting, outcomes, strict=True)
                               if not taken]  # fmt: skip
                    if len(refused) < len(waiting):
                        loop = asyncio.get_running_loop()
                        limit.reschedule(loop.time() + self._patience)
                    if refused:
                        await self._still_there()
                        await asyncio.sleep(FULL_RETRY_SECONDS)
                    waiting = refused
        except TimeoutError as error:
            why = f"it was full for {self._patience:.0f} seconds"
            raise QueueRefused(self._queue, self.sent, why) from error

    async def close(self) -> None:
        """Close the connection."""
        await self._publisher.drop()

    async def _send(self, event: Sealed) -> bool:
        parcel = Parcel(
            exchange="",
            routing_key=self._queue,
            body=event.envelope,
            content_type=CONTENT_TYPE,
            message_id=event.id,
            mandatory=True,
            headers=self._headers,
        )
        try:
            await self._publisher.publish(parcel)
        except NotConfirmed:
            return False
        self.sent += 1
        return True

    async def _still_there(self) -> None:
        try:
            await self.check()
        except QueueUnknown as error:
            raise QueueRefused(self._queue, self.sent, "it is gone") from error
