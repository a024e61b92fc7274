"""For the tests of services: what is sent to one queue, taken out of it again."""

from collections.abc import Awaitable, Callable

from platform_bus.publisher import Publisher
from platform_bus.settings import BusSettings

QUEUE = "copies"


async def received(settings: BusSettings, send: Callable[[str], Awaitable[int]]) -> list[bytes]:
    """The bodies, in order, that `await send(queue)` brought to a queue of a test's own."""
    publisher = Publisher(settings, in_flight=1)
    found: list[bytes] = []
    try:
        channel = await publisher.channel()
        await channel.queue_declare(queue=QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        await send(QUEUE)
        while True:
            message = await channel.basic_get(QUEUE, no_ack=True, timeout=5)
            if message.delivery_tag is None:
                return found
            found.append(message.body)
    finally:
        await publisher.drop()
