"""Dead letters: what nobody could read, kept in the queue beside its own, with the reason."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import aiormq
import msgspec
from pamqp import commands as spec

from platform_bus.consumer import Consumer
from platform_bus.publisher import Parcel, Publisher
from platform_bus.settings import BusSettings
from platform_bus.topology import dead_letter_queue
from proto_events.envelope import CONTENT_TYPE

REASON = "ventros-reason"
QUEUE = "ventros-queue"
MAX_REASON = 1000


class DeadLetter(msgspec.Struct, frozen=True):
    """A message of a dead-letter queue; `queue` is the one that it came from."""

    queue: str
    reason: str
    body: bytes
    died_at: datetime | None = None


class DeadLetters:
    """Writes dead letters over a connection of its own, opened when first needed."""

    def __init__(self, settings: BusSettings) -> None:
        self._publisher = Publisher(settings, in_flight=1)

    def of(self, consumer: Consumer, queue: str) -> Callable[[bytes, str], Awaitable[None]]:
        """The function by which a receiver of `queue` buries a message, confirmed."""

        async def bury(body: bytes, reason: str) -> None:
            own = _type_of(body) if consumer.queue_per_type else None
            # A body that names no type is in the queue of the first one, with the reason.
            name = own if own in consumer.types else min(consumer.types)
            came_from = name if consumer.queue_per_type else queue
            target = dead_letter_queue(
                name if consumer.queue_per_type else consumer.queue_name(None)
            )
            await self._publisher.publish(
                Parcel(
                    exchange="",
                    routing_key=target,
                    body=body,
                    content_type=CONTENT_TYPE,
                    message_id="",
                    mandatory=True,
                    headers={REASON: reason[:MAX_REASON], QUEUE: came_from},
                )
            )

        return bury

    async def close(self) -> None:
        """Close the connection, if there is one."""
        await self._publisher.drop()


class _Typed(msgspec.Struct):
    type: str = ""


def _type_of(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=_Typed).type
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


async def list_dead(settings: BusSettings, queue: str, limit: int = 100) -> list[DeadLetter]:
    """Look at the dead letters of `queue` (its own name), oldest first; they stay there.

    Raises:
        aiormq.exceptions.ChannelNotFoundEntity: there is no such queue.
    """
    publisher = Publisher(settings, in_flight=1)
    found: list[DeadLetter] = []
    try:
        channel = await publisher.channel()
        for _ in range(limit):
            message = await channel.basic_get(dead_letter_queue(queue), timeout=5)
            if isinstance(message.delivery, spec.Basic.GetEmpty):
                break
            found.append(_read(queue, message))
    finally:
        # What was got and not acknowledged goes back with the connection.
        await publisher.drop()
    return found


async def replay_dead(settings: BusSettings, queue: str, limit: int = 1000) -> int:
    """Put dead letters back into the queue that each came from; returns how many.

    Each is taken out only when the broker has confirmed its copy.
    """
    publisher = Publisher(settings, in_flight=1)
    moved = 0
    try:
        channel = await publisher.channel()
        while moved < limit:
            message = await channel.basic_get(dead_letter_queue(queue), timeout=5)
            if isinstance(message.delivery, spec.Basic.GetEmpty):
                break
            letter = _read(queue, message)
            await publisher.publish(
                Parcel("", letter.queue, letter.body, CONTENT_TYPE, "", mandatory=True)
            )
            assert message.delivery_tag is not None  # noqa: S101 - a message that was got has one
            await channel.basic_ack(message.delivery_tag)
            moved += 1
    finally:
        await publisher.drop()
    return moved


def _read(queue: str, message: aiormq.abc.DeliveredMessage) -> DeadLetter:
    properties = message.header.properties
    headers = properties.headers or {}
    return DeadLetter(
        queue=str(headers.get(QUEUE, queue)),
        reason=str(headers.get(REASON, "refused by its consumer")),
        body=message.body,
        died_at=properties.timestamp,
    )
