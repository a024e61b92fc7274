"""Exchanges and queues: who declares what, with which arguments.

Durable topic exchanges: one for each provider's raw events, the pipeline, the domain. A queue
belongs to its consumer and is a quorum queue; beside it stands its dead-letter queue,
`<queue>.dlq`. Arguments never change under one name.
"""

import aiormq
from aiormq.abc import AbstractChannel

from proto_events.registry import DOMAIN_EXCHANGE, PIPELINE_EXCHANGE, RAW_EXCHANGES

EXCHANGES = (*RAW_EXCHANGES, PIPELINE_EXCHANGE, DOMAIN_EXCHANGE)

DELIVERY_LIMIT = 1_000_000
"""Out of reach: every lost connection counts as a delivery for up to `prefetch` messages, so a
low limit dead-letters what no handler ever failed."""


async def declare_exchanges(channel: AbstractChannel) -> None:
    """All exchanges; safe to repeat."""
    for exchange in EXCHANGES:
        await channel.exchange_declare(
            exchange=exchange, exchange_type="topic", durable=True, timeout=5
        )


def dead_letter_queue(queue: str) -> str:
    """The name of a queue's dead-letter queue."""
    return f"{queue}.dlq"


async def declare_queue(
    channel: AbstractChannel,
    queue: str,
    *,
    dead: str,
    bindings: list[tuple[str, str]],
    single_active: bool,
    max_length: int | None,
) -> None:
    """A quorum queue with its dead-letter queue and bindings (exchange, routing key).

    A bounded one refuses what is over `max_length`, so that the backlog stays in the outbox.
    """
    await channel.queue_declare(
        queue=dead, durable=True, arguments={"x-queue-type": "quorum"}, timeout=5
    )
    arguments: dict[str, object] = {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead,
        "x-dead-letter-strategy": "at-least-once",
        "x-delivery-limit": DELIVERY_LIMIT,
    }
    if single_active:
        arguments["x-single-active-consumer"] = True
    if max_length is not None:
        arguments["x-max-length"] = max_length
    await channel.queue_declare(
        queue=queue,
        durable=True,
        arguments=arguments,  # type: ignore[arg-type]
        timeout=5,
    )
    for exchange, routing_key in bindings:
        await channel.queue_bind(queue=queue, exchange=exchange, routing_key=routing_key, timeout=5)


async def backlog(channel: AbstractChannel, queue: str) -> tuple[int, int]:
    """(messages that wait, consumers) of a queue.

    Raises:
        aiormq.exceptions.ChannelNotFoundEntity: there is no such queue.
    """
    state = await channel.queue_declare(queue=queue, passive=True, timeout=5)
    return state.message_count or 0, state.consumer_count or 0


AmqpError = (OSError, TimeoutError, aiormq.exceptions.AMQPError, RuntimeError)
"""What a broker that is away raises, by whichever layer notices first."""
