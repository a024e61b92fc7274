"""Subscribe to ventros.events the way another team would: plain aio-pika, our contract."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import aio_pika
import msgspec
from aio_pika.abc import AbstractIncomingMessage

from proto_events import Envelope
from proto_events.envelope import decode
from proto_events.registry import DOMAIN_EXCHANGE

T = TypeVar("T", bound=msgspec.Struct)


class Subscription:
    """Events in the order of their arrival, all kept; `wait_for` looks at old and new ones."""

    def __init__(self) -> None:
        self.events: list[Envelope] = []
        self._arrived = asyncio.Condition()

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Keep one event."""
        async with message.process():
            envelope = decode(message.body)
            async with self._arrived:
                self.events.append(envelope)
                self._arrived.notify_all()

    def of(self, shape: type[T], type_name: str) -> list[T]:
        """The data of every event of one type that came so far."""
        return [
            msgspec.json.decode(event.data, type=shape)
            for event in self.events
            if event.type == type_name
        ]

    async def wait_for(
        self, type_name: str, subject: str | None = None, *, timeout: float
    ) -> Envelope:
        """The first event of this type (about this aggregate). Raises TimeoutError."""

        def found() -> Envelope | None:
            return next(
                (
                    event
                    for event in self.events
                    if event.type == type_name and subject in (None, event.subject)
                ),
                None,
            )

        async with asyncio.timeout(timeout), self._arrived:
            while (event := found()) is None:
                await self._arrived.wait()
            return event


@asynccontextmanager
async def subscribe(amqp_url: str, routing_keys: Sequence[str]) -> AsyncIterator[Subscription]:
    """A queue of our own that lives as long as the block, bound for `routing_keys`."""
    subscription = Subscription()
    connection = await aio_pika.connect_robust(amqp_url, timeout=10)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=100)
        exchange = await channel.declare_exchange(
            DOMAIN_EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
        )
        queue = await channel.declare_queue(exclusive=True)
        for routing_key in routing_keys:
            await queue.bind(exchange, routing_key)
        await queue.consume(subscription.take)
        yield subscription
