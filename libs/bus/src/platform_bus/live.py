"""Hearing domain events as they happen, each process for itself: an exclusive queue.

For what a process keeps in memory and can ask for again. Nothing is kept while nobody listens, so
whoever listens has to ask for the state of things whenever `generation` changes: the queue is bound
before it does, so between the answer and the events nothing is missed.

A listener that is not always wanted unbinds its queue meanwhile: the broker then sends it nothing,
and to be wanted again is a new generation.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final

import aiormq
import structlog
from aiormq.abc import AbstractChannel, DeliveredMessage

from platform_bus.publisher import with_heartbeat
from platform_bus.topology import AmqpError, declare_exchanges
from proto_events.registry import DOMAIN_EXCHANGE

log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = 0.5
CONNECT_SECONDS: Final = 5.0


class LiveEvents:
    """A supervised part that hands each event's body to `receive`, unacknowledged and at once.

    `live` while it hears; `generation` counts how often it began to; `changed` is set whenever one
    of the two changes and is for the listener to clear. `types` are topic patterns of AMQP.
    """

    name = "live_events"

    def __init__(
        self,
        amqp_url: str,
        types: Sequence[str],
        receive: Callable[[bytes], None],
        *,
        wanted: bool = True,
    ) -> None:
        self._url = with_heartbeat(amqp_url)
        self._types = types
        self._receive = receive
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._wanted = wanted
        self._turn = asyncio.Event()
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

    def want(self, wanted: bool) -> None:
        """Whether to hear from now on; `live` follows within a round trip to the broker."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._turn.set()

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
                await channel.basic_consume(name, self._hear, no_ack=True)
            gone = False

            def end(_: object) -> None:
                nonlocal gone
                gone = True
                self._turn.set()

            for link in (connection, channel):
                link.closing.add_done_callback(end)
            while not gone:
                self._turn.clear()
                if self._wanted != self.live:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        await self._bind(channel, name, bound=self._wanted)
                if self._wanted == self.live:
                    await self._turn.wait()
        finally:
            self._say(live=False)
            with contextlib.suppress(*AmqpError):
                async with asyncio.timeout(2):
                    await connection.close()

    async def _bind(self, channel: AbstractChannel, queue: str, *, bound: bool) -> None:
        if not bound:
            # Said first: what is heard between the bindings that go is a part, and not the whole.
            self._say(live=False)
        change = channel.queue_bind if bound else channel.queue_unbind
        for each in self._types:
            await change(queue=queue, exchange=DOMAIN_EXCHANGE, routing_key=each)
        if bound:
            self._say(live=True)

    async def _hear(self, message: DeliveredMessage) -> None:
        self._receive(message.body)

    def _say(self, *, live: bool) -> None:
        self.generation += live
        self.live = live
        self.changed.set()
