"""Hear of contacts with FastStream. `AMQP_URL=amqp://… python subscriber.py`

FastStream's defaults lose messages. What is set here, and must be:

- `AckPolicy.MANUAL`: its default rejects a message without requeue when a handler fails;
- a quorum queue of one's own, durable: its default queue goes with the broker's restart;
- a dead-letter queue, at-least-once: what fails too often is kept there, not dropped;
- `prefetch_count`: its default takes the whole queue into memory;
- ids that were handled, kept beside the effect: delivery is at least once.
"""

import asyncio
import os
import sqlite3
from typing import Any

import msgspec
from faststream import AckPolicy, FastStream
from faststream.rabbit import (
    Channel,
    ExchangeType,
    RabbitBroker,
    RabbitExchange,
    RabbitMessage,
    RabbitQueue,
)

from proto_events import catalogue as _catalogue  # noqa: F401 - registers every type
from proto_events import envelope
from proto_events.registry import struct_of

QUEUE = os.environ.get("QUEUE", "example-team.contacts")
BINDING = os.environ.get("BINDING", "contact.*.v1")
DEAD = f"{QUEUE}.dlq"

database = sqlite3.connect(os.environ.get("DATABASE", "subscriber.sqlite"))
database.execute("CREATE TABLE IF NOT EXISTS handled (id TEXT PRIMARY KEY)")


async def as_it_came(message: Any) -> Any:
    """The body is read below, by the contract: FastStream neither decodes nor logs it."""
    return message


broker = RabbitBroker(
    os.environ["AMQP_URL"],
    default_channel=Channel(prefetch_count=50),
    ack_policy=AckPolicy.MANUAL,
    apply_types=False,
    decoder=as_it_came,
)
# Ours to read, not to make: `declare=False` checks nothing and needs no right to configure it.
EVENTS = RabbitExchange("ventros.events", type=ExchangeType.TOPIC, durable=True, declare=False)
ARGUMENTS = {
    "x-queue-type": "quorum",
    "x-delivery-limit": 100,
    "x-overflow": "reject-publish",
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": DEAD,
    "x-dead-letter-strategy": "at-least-once",
}


@broker.subscriber(
    RabbitQueue(QUEUE, durable=True, routing_key=BINDING, arguments=ARGUMENTS),
    EVENTS,
    ack_policy=AckPolicy.MANUAL,
)
async def hear(message: RabbitMessage) -> None:
    """Acknowledge what is done, set aside what cannot be read, have the rest delivered again."""
    try:
        event = envelope.decode(message.body)
        struct = struct_of(event.type)
        data = None if struct is None else msgspec.json.decode(event.data, type=struct)
    except msgspec.MsgspecError:
        await message.reject(requeue=False)
        return
    try:
        # The id and what the event leads to, in one transaction: both or neither.
        with database:
            new = database.execute(
                "INSERT INTO handled (id) VALUES (?) ON CONFLICT DO NOTHING", [str(event.id)]
            ).rowcount
            if new and data is not None:
                handle(event, data)
    except Exception:
        await asyncio.sleep(1)
        await message.nack(requeue=True)
        raise
    await message.ack()


def handle(event: envelope.Envelope, data: msgspec.Struct) -> None:
    """What is yours to do; `data` is e.g. a `proto_events.contacts.ContactCreated`."""
    print(event.type, event.id, type(data).__name__, flush=True)


app = FastStream(broker)


@app.on_startup
async def declare_dead_letters() -> None:
    """Before the queue that refers to it is used."""
    await broker.connect()
    await broker.declare_queue(
        RabbitQueue(DEAD, durable=True, arguments={"x-queue-type": "quorum"})
    )


if __name__ == "__main__":
    asyncio.run(app.run())
