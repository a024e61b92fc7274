"""Publishing with confirms: persistent, bounded in flight, a deadline on each.

aiormq is used directly: the relay publishes thousands a second, and this is the layer at which a
confirm costs least.
"""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import aiormq
import msgspec
from aiormq.abc import AbstractConnection
from pamqp import commands as spec

from platform_bus.settings import BusSettings

HEARTBEAT_SECONDS = 10


class Parcel(msgspec.Struct, frozen=True):
    """One AMQP message. `mandatory`: it is an error when no queue takes it."""

    exchange: str
    routing_key: str
    body: bytes
    content_type: str
    message_id: str
    mandatory: bool
    headers: dict[str, str] | None = None


class NotConfirmed(Exception):
    """The broker refused a message, returned it, or did not answer in time."""


def with_heartbeat(url: str) -> str:
    """The address with our heartbeat, unless it names one."""
    parts = urlsplit(url)
    if "heartbeat=" in parts.query:
        return url
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}heartbeat={HEARTBEAT_SECONDS}"))


class Publisher:
    """One connection and channel with confirms, opened when needed, dropped on any doubt."""

    def __init__(self, settings: BusSettings, *, in_flight: int = 500) -> None:
        self._settings = settings
        self._connection: AbstractConnection | None = None
        self._channel: aiormq.Channel | None = None
        self._room = asyncio.Semaphore(in_flight)

    async def channel(self) -> aiormq.Channel:
        """The open channel.

        Raises:
            OSError, TimeoutError, aiormq.exceptions.AMQPError: the broker is away.
        """
        if self._channel is not None and not self._channel.is_closed:
            return self._channel
        await self.drop()
        async with asyncio.timeout(self._settings.amqp_connect_timeout):
            connection = await aiormq.connect(with_heartbeat(self._settings.amqp_url))
            self._connection = connection
            channel = await connection.channel(publisher_confirms=True)
            assert isinstance(channel, aiormq.Channel)  # noqa: S101 - the abstract type lacks `wait`
            self._channel = channel
        return channel

    async def publish(self, parcel: Parcel) -> None:
        """Publish and wait for the confirm.

        Raises:
            NotConfirmed: refused (the queue is full), unroutable, or no answer in time.
            OSError, aiormq.exceptions.AMQPError: the connection is gone.
        """
        channel = await self.channel()
        async with self._room:
            try:
                await channel.basic_publish(
                    parcel.body,
                    exchange=parcel.exchange,
                    routing_key=parcel.routing_key,
                    properties=spec.Basic.Properties(
                        content_type=parcel.content_type,
                        delivery_mode=2,
                        message_id=parcel.message_id,
                        headers=dict(parcel.headers) if parcel.headers else None,
                    ),
                    mandatory=parcel.mandatory,
                    timeout=self._settings.confirm_timeout,
                    wait=False,
                )
            except aiormq.exceptions.DeliveryError as error:
                raise NotConfirmed(f"{parcel.exchange} {parcel.routing_key}: {error!r}") from error
            except TimeoutError as error:
                await self.drop()
                raise NotConfirmed(f"{parcel.exchange} {parcel.routing_key}: no answer") from error

    async def drop(self) -> None:
        """Close the connection; the next publish opens another."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and not connection.is_closed:
            try:
                async with asyncio.timeout(2):
                    await connection.close()
            except (OSError, TimeoutError, aiormq.exceptions.AMQPError):
                return
