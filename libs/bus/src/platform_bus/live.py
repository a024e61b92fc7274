"""Hearing domain events as they happen, each process for itself: an exclusive queue.

For what a process keeps in memory and can ask for again. Nothing is kept while nobody listens, so
whoever listens has to ask for the state of things whenever `generation` changes: the queue is bound
before it does, so between the answer and the events nothing is missed.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final

import aiormq
import structlog
from aiormq.abc import DeliveredMessage

from platform_bus.publisher import with_heartbeat
from platform_bus.topology import AmqpError, declare_exchanges
from proto_events.registry import DOMAIN_EXCHANGE

log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = 0.5
CONNECT_SECONDS: Final = 5.0


class LiveEvents:
    """A supervised part that hands each event's body to `receive`, unacknowledged and at once.

    `live` while it hears; `generation` counts how often it began to; `changed` is set whenever one
    of the two changes and is for the listener to clear.
    """

    name = "live_events"

    def __init__(
        self, amqp_url: str, types: Sequence[str], receive: Callable[[bytes], None]
    ) -> None:
        self._url = with_heartbeat(amqp_url)
        self._types = types
        self._receive = receive
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self.live = False
        self.generation = 0
        self.changed = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether events are heard."""
        return self.live

    @property
    def alive(self) -> bool:
        """Whether it goes on trying."""
        return self._task is None or not self._task.done()

    async def start(self) -> None:
        """Begin to connect, without waiting for the broker."""
        self._task = asyncio.create_task(self._keep_listening(), name="live_events")

    async def stop(self) -> None:
        """Hear no more; the queue goes with the connection."""
        self._stopping = True
        while self._task is not None and not self._task.done():
            # A library that swallows a cancellation must not keep the process from ending.
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)

    async def _keep_listening(self) -> None:
        while not self._stopping:
            try:
                await self._listen()
            except AmqpError as error:
                log.warning("events_not_heard", error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await aiormq.connect(self._url)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                channel = await connection.channel(publisher_confirms=False)
                await declare_exchanges(channel)
                queue = await channel.queue_declare(exclusive=True, auto_delete=True)
                name = str(queue.queue)
                for each in self._types:
                    await channel.queue_bind(queue=name, exchange=DOMAIN_EXCHANGE, routing_key=each)
                await channel.basic_consume(name, self._hear, no_ack=True)
            self._say(live=True)
            gone = asyncio.Event()
            for link in (connection, channel):
                link.closing.add_done_callback(lambda _: gone.set())
            await gone.wait()
        finally:
            self._say(live=False)
            with contextlib.suppress(*AmqpError):
                async with asyncio.timeout(2):
                    await connection.close()

    async def _hear(self, message: DeliveredMessage) -> None:
        self._receive(message.body)

    def _say(self, *, live: bool) -> None:
        self.generation += live
        self.live = live
        self.changed.set()
