"""A consumer's queue, or its queues by type: receive, gather, handle at once, acknowledge."""

import asyncio
import contextlib
from collections import deque

import structlog
from aio_pika.abc import AbstractIncomingMessage
from faststream.rabbit import RabbitBroker

from platform_bus.bell import wait
from platform_bus.broker import make_broker
from platform_bus.combiner import Handle
from platform_bus.consumer import Consumer
from platform_bus.publisher import Publisher
from platform_bus.settings import BusSettings
from platform_bus.topology import (
    AmqpError,
    backlog,
    dead_letter_queue,
    declare_exchanges,
    declare_queue,
)
from proto_events.envelope import CONTENT_TYPE

log = structlog.get_logger(__name__)

CHECK_SECONDS = 5.0
"""How often a receiver asks the broker whether it is still the queue's consumer."""


class Receiver:
    """Runs until stopped; its own connection, so that giving a queue back keeps the order."""

    def __init__(
        self, settings: BusSettings, consumer: Consumer, handle: Handle, *, lane: int | None
    ) -> None:
        self._settings = settings
        self._consumer = consumer
        self._handle = handle
        self._lane = lane
        self.queue = consumer.queue_name(lane)
        self._queues = consumer.queues(lane)
        self._publisher = Publisher(settings, in_flight=1)
        self._waiting: deque[AbstractIncomingMessage] = deque()
        self._arrived = asyncio.Event()
        self._stop = asyncio.Event()
        self._gone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._handling = False
        self.healthy = False

    @property
    def idle(self) -> bool:
        """Nothing that was received waits or is being handled."""
        return not self._waiting and not self._handling

    def start(self) -> None:
        """Begin to serve the queue in the background, supervised by this object."""
        self._task = asyncio.create_task(self._serve(), name=f"receiver {self.queue}")

    async def stop(self, deadline: float = 10.0) -> None:
        """Finish the transaction at hand, close the connection; the rest goes back in order."""
        self._stop.set()
        self._arrived.set()
        self._gone.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=deadline)
            for task in late:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._publisher.drop()

    async def declare(self) -> None:
        """The queues, their dead-letter queues and their bindings; safe to repeat."""
        channel = await self._publisher.channel()
        await declare_exchanges(channel)
        for queue, keys in self._queues.items():
            own = queue if self._consumer.queue_per_type else self._consumer.queue_name(None)
            await declare_queue(
                channel,
                queue,
                dead=dead_letter_queue(own),
                bindings=[(self._consumer.exchange, key) for key in keys],
                single_active=self._consumer.ordered,
                max_length=self._settings.lane_queue_length if self._consumer.ordered else None,
            )

    async def _serve(self) -> None:
        backoff = 0.1
        while not self._stop.is_set():
            try:
                await self._connected()
                backoff = 0.1
            except AmqpError as error:
                log.warning("receiver.lost", queue=self.queue, error=repr(error))
                await self._publisher.drop()
            self.healthy = False
            await wait(self._stop, backoff)
            backoff = min(backoff * 2, 2.0)

    async def _connected(self) -> None:
        """Serve over one connection until it is lost or we stop."""
        await self.declare()
        self._gone.clear()
        self._waiting.clear()
        broker = make_broker(
            self._settings,
            queues=list(self._queues),
            receive=self._receive,
            prefetch=self._settings.consumer_prefetch,
        )
        try:
            async with asyncio.timeout(self._settings.amqp_connect_timeout * 2):
                await broker.connect()
                await broker.start()
            watch = asyncio.create_task(self._watch(broker))
            self.healthy = True
            try:
                while not self._stop.is_set() and not self._gone.is_set():
                    await self._arrived.wait()
                    self._arrived.clear()
                    while self._waiting and not self._stop.is_set() and not self._gone.is_set():
                        await self._handle_waiting()
            finally:
                watch.cancel()
        finally:
            await _hang_up(broker)

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        self._waiting.append(message)
        self._arrived.set()

    async def _handle_waiting(self) -> None:
        self._handling = True
        try:
            await self._handle_batch()
        finally:
            self._handling = False

    async def _handle_batch(self) -> None:
        batch: list[AbstractIncomingMessage] = []
        events = 0
        while self._waiting and events < self._settings.consumer_batch:
            message = self._waiting.popleft()
            batch.append(message)
            # A bundle tells its size only when it is read; commas between envelopes are a bound.
            events += 1 if message.content_type == CONTENT_TYPE else _size_of(message.body)
        if not await self._handle([message.body for message in batch]):
            # Somebody stops: what is not acknowledged comes again, to us or to another.
            self._gone.set()
            return
        try:
            if self._consumer.queue_per_type:
                # What another queue told meanwhile must not be acknowledged with it.
                for message in batch:
                    await message.ack()
            else:
                await batch[-1].ack(multiple=True)
        except AmqpError as error:
            # They come again, and the inbox knows them.
            log.info("receiver.ack_lost", queue=self.queue, error=repr(error))
            self._gone.set()

    async def _watch(self, broker: RabbitBroker) -> None:
        """Leave the connection when it is gone, or when the broker has no consumer for us."""
        connection = await broker.connect()
        connection.close_callbacks.add(self._on_close)
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                channel = await self._publisher.channel()
                consumers = min([(await backlog(channel, name))[1] for name in self._queues])
            except AmqpError as error:
                log.warning("receiver.check_failed", queue=self.queue, error=repr(error))
                await self._publisher.drop()
                consumers = 0
            if consumers == 0:
                self._leave()

    def _on_close(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self.healthy = False
        self._gone.set()
        self._arrived.set()


def _size_of(body: bytes) -> int:
    """About how many events a bundle holds, without reading it."""
    return max(1, body.count(b'"specversion"'))


async def _hang_up(broker: RabbitBroker) -> None:
    """Close the connection first, so that the broker takes back what is open in order."""
    try:
        async with asyncio.timeout(3):
            connection = await broker.connect()
            await connection.close()
    except AmqpError:
        pass
    try:
        async with asyncio.timeout(3):
            await broker.stop()
    except AmqpError:
        return
