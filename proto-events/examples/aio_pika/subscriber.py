"""Hear of contacts with aio-pika alone. `AMQP_URL=amqp://… python subscriber.py`"""

import asyncio
import json
import os
import sqlite3
import traceback
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

QUEUE = os.environ.get("QUEUE", "example-team.contacts")
BINDING = os.environ.get("BINDING", "contact.*.v1")
DEAD = f"{QUEUE}.dlq"

database = sqlite3.connect(os.environ.get("DATABASE", "subscriber.sqlite"))
database.execute("CREATE TABLE IF NOT EXISTS handled (id TEXT PRIMARY KEY)")


async def main() -> None:
    """Serve the queue; the connection comes back by itself, with queue and bindings."""
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"])
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=50)
        await channel.declare_queue(DEAD, durable=True, arguments={"x-queue-type": "quorum"})
        queue = await channel.declare_queue(
            QUEUE,
            durable=True,
            arguments={
                "x-queue-type": "quorum",
                "x-delivery-limit": 100,
                "x-overflow": "reject-publish",
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": DEAD,
                "x-dead-letter-strategy": "at-least-once",
            },
        )
        await queue.bind("ventros.events", BINDING)
        async with queue.iterator() as messages:
            async for message in messages:
                await hear(message)


async def hear(message: AbstractIncomingMessage) -> None:
    """Acknowledge what is done, set aside what cannot be read, have the rest delivered again."""
    try:
        event = json.loads(message.body)
        event_id, type_name = event["id"], event["type"]
    except (ValueError, KeyError, TypeError):
        await message.reject(requeue=False)
        return
    try:
        # The id and what the event leads to, in one transaction: both or neither.
        with database:
            new = database.execute(
                "INSERT INTO handled (id) VALUES (?) ON CONFLICT DO NOTHING", [event_id]
            ).rowcount
            if new:
                handle(type_name, event)
    except Exception:
        traceback.print_exc()
        await asyncio.sleep(1)
        await message.nack(requeue=True)
        return
    await message.ack()


def handle(type_name: str, event: dict[str, Any]) -> None:
    """What is yours to do. Types that you do not know come too when you bind wide: pass over."""
    print(type_name, event["id"], event["subject"], flush=True)


if __name__ == "__main__":
    asyncio.run(main())
