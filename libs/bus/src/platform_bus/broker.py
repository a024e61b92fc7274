"""The one FastStream broker factory.

FastStream's defaults lose messages: it rejects without requeue, does not persist, raises nothing
for what cannot be routed, and prefetches without limit. Here every one of them is set. Bodies are
handed over as they came: we decode ourselves, so nothing of them reaches a log.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from aio_pika.abc import AbstractIncomingMessage
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitMessage, RabbitQueue

from platform_bus.publisher import with_heartbeat
from platform_bus.settings import BusSettings

Receive = Callable[[AbstractIncomingMessage], Awaitable[None]]

_log = structlog.get_logger("faststream")


async def _as_it_came(message: Any) -> Any:
    return message


class _QuietLog:
    """FastStream's log: faults only, by their kind; never a body, never a line per message."""

    def log(
        self,
        level: int,
        msg: Any,
        /,
        *,
        exc_info: Any = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        if level >= logging.WARNING:
            queue = (extra or {}).get("queue", "")
            _log.warning("faststream", said=str(msg), queue=queue, error=type(exc_info).__name__)


def make_broker(
    settings: BusSettings, *, queues: Sequence[str], receive: Receive, prefetch: int
) -> RabbitBroker:
    """A broker that reads: `receive` gets each message of `queues`, unacknowledged.

    They are declared by `platform_bus.topology` beforehand. One broker (and connection) for a
    queue that keeps an order: closing it gives back what is unacknowledged in order, which
    cancelling does not.
    """
    channel = Channel(prefetch_count=prefetch, on_return_raises=True)
    broker = RabbitBroker(
        with_heartbeat(settings.amqp_url),
        timeout=settings.amqp_connect_timeout,
        fail_fast=True,
        reconnect_interval=1.0,
        default_channel=channel,
        graceful_timeout=None,
        ack_policy=AckPolicy.MANUAL,
        apply_types=False,
        decoder=_as_it_came,
        logger=_QuietLog(),
    )

    async def handler(message: RabbitMessage) -> None:
        await receive(message.raw_message)

    for queue in queues:
        broker.subscriber(
            RabbitQueue(queue, declare=False, durable=True),
            channel=channel,
            ack_policy=AckPolicy.MANUAL,
        )(handler)
    return broker
