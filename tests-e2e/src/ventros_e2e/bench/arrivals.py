"""A subscriber on ventros.events that notices one type of event at little cost."""

import asyncio
from collections.abc import Callable
from types import TracebackType

import aiormq
from aiormq.abc import AbstractConnection, DeliveredMessage

from proto_events.registry import DOMAIN_EXCHANGE


class Arrivals:
    """Calls `arrived` with the body of each event, in the loop that entered it."""

    def __init__(self, amqp_url: str, routing_key: str, arrived: Callable[[bytes], None]) -> None:
        self._url = amqp_url
        self._routing_key = routing_key
        self._arrived = arrived
        self._connection: AbstractConnection | None = None

    async def __aenter__(self) -> "Arrivals":
        async with asyncio.timeout(10):
            self._connection = await aiormq.connect(self._url)
            channel = await self._connection.channel()
            declared = await channel.queue_declare(exclusive=True)
            queue = declared.queue or ""
            await channel.queue_bind(queue, DOMAIN_EXCHANGE, self._routing_key)
            await channel.basic_consume(queue, self._take, no_ack=True)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _take(self, message: DeliveredMessage) -> None:
        self._arrived(message.body)


class Expected:
    """Counts events of one type until as many have come as are expected. `async with`."""

    def __init__(self, amqp_url: str, routing_key: str, count: int) -> None:
        self._arrivals = Arrivals(amqp_url, routing_key, self._arrived)
        self._routing_key = routing_key
        self._missing = count
        self._all = asyncio.Event()

    async def __aenter__(self) -> "Expected":
        await self._arrivals.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._arrivals.__aexit__(kind, error, trace)

    async def all(self, within: float) -> None:
        """Wait for the last of them. Raises LostError."""
        try:
            async with asyncio.timeout(within):
                await self._all.wait()
        except TimeoutError:
            raise LostError(
                f"{self._missing} of {self._routing_key} had not arrived after {within:.0f} s"
            ) from None

    def _arrived(self, _: bytes) -> None:
        self._missing -= 1
        if self._missing <= 0:
            self._all.set()


class LostError(Exception):
    """What was accepted did not arrive in time."""
