"""A subscriber on ventros.events that notices `message.created` at little cost."""

import asyncio
from collections.abc import Callable
from types import TracebackType

import aiormq
import msgspec
from aiormq.abc import AbstractConnection, DeliveredMessage
from msgspec import Struct

from proto_events.registry import DOMAIN_EXCHANGE

ROUTING_KEY = "message.created.v1"


class _Content(Struct, frozen=True):
    text: str | None = None


class _Data(Struct, frozen=True):
    content: _Content


class _Event(Struct, frozen=True):
    data: _Data


_decode = msgspec.json.Decoder(_Event).decode


class Arrivals:
    """Calls `arrived` with the text of each message, in the loop that entered it."""

    def __init__(self, amqp_url: str, arrived: Callable[[str], None]) -> None:
        self._url = amqp_url
        self._arrived = arrived
        self._connection: AbstractConnection | None = None

    async def __aenter__(self) -> "Arrivals":
        async with asyncio.timeout(10):
            self._connection = await aiormq.connect(self._url)
            channel = await self._connection.channel()
            declared = await channel.queue_declare(exclusive=True)
            queue = declared.queue or ""
            await channel.queue_bind(queue, DOMAIN_EXCHANGE, ROUTING_KEY)
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
        text = _decode(message.body).data.content.text
        if text is not None:
            self._arrived(text)
