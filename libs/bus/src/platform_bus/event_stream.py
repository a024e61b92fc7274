"""The stream of all domain events: a log in the broker that a newcomer reads from any offset.

Bound to the domain exchange with `#`, so that every event is in it, in the order in which the
broker took it. Reading takes nothing out: a reader says where it begins (`x-stream-offset`:
`first`, `last`, `next`, an offset, a time) and notes itself how far it came.

A stream forgets whole segments, and only when it begins a new one: measured on RabbitMQ 3.10, what
lies in the segment that is being written stays, however old it is. On a quiet installation that
would be for ever, so the relays fill a segment once a day; then no event is older than
`event_stream_days` and two days more.
"""

from datetime import datetime

import aiormq
import structlog
from aiormq.abc import AbstractChannel

from platform_bus.publisher import NotConfirmed, Parcel, Publisher
from platform_bus.settings import BusSettings
from platform_core.clock import utc_now
from platform_core.ids import new_id
from proto_events.envelope import CONTENT_TYPE
from proto_events.registry import DOMAIN_EXCHANGE

log = structlog.get_logger(__name__)

EVENT_STREAM = "ventros.events.stream"

PADDING_TYPE = "ventros.padding.v1"
"""The type of what fills a segment: one that no reader knows and every reader passes over."""

ROLL_HOUR = 3
"""The hour of the day, in UTC, at which relays fill a segment."""


async def keep_event_stream(publisher: Publisher, settings: BusSettings, roll: "DailyRoll") -> None:
    """What a relay does at its start and every hour, unless the installation wants no stream.

    Raises:
        OSError, aiormq.exceptions.AMQPError: the broker is away.
    """
    if not settings.event_stream:
        return
    await declare_event_stream(await publisher.channel(), settings)
    if roll.is_due(utc_now()):
        await roll_event_stream(publisher, settings)


async def declare_event_stream(channel: AbstractChannel, settings: BusSettings) -> None:
    """The stream with its retention, bound to every domain event; safe to repeat.

    One that exists with another retention keeps it, and a warning says so: arguments do not change
    under one name. For another one the stream must be deleted, with what it holds.
    """
    try:
        await channel.queue_declare(
            queue=EVENT_STREAM,
            durable=True,
            arguments={
                "x-queue-type": "stream",
                "x-max-age": f"{settings.event_stream_days}D",
                "x-max-length-bytes": settings.event_stream_bytes,
                "x-stream-max-segment-size-bytes": settings.event_stream_segment_bytes,
            },
            timeout=5,
        )
    except aiormq.exceptions.ChannelPreconditionFailed as error:
        # Whoever was first has bound it. The channel is gone with this answer.
        log.warning("event_stream.other_retention", error=str(error))
        return
    await channel.queue_bind(
        queue=EVENT_STREAM, exchange=DOMAIN_EXCHANGE, routing_key="#", timeout=5
    )


class DailyRoll:
    """Decides when this process fills a segment: once in the hour of each day that is for it.

    By the clock on the wall and not by the age of the process, so that one that is restarted often
    does it as often as one that runs for weeks.
    """

    def __init__(self) -> None:
        self._last: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """True once in the hour; it counts as done then."""
        if now.hour != ROLL_HOUR or (self._last is not None and self._last.date() == now.date()):
            return False
        self._last = now
        return True


async def roll_event_stream(publisher: Publisher, settings: BusSettings) -> None:
    """Fill the segment that is being written, so that retention can take it when it is old.

    Raises:
        OSError, aiormq.exceptions.AMQPError: the broker is away.
    """
    parcel = Parcel(
        exchange="",
        routing_key=EVENT_STREAM,
        body=_padding(settings.event_stream_segment_bytes),
        content_type=CONTENT_TYPE,
        message_id="",
        mandatory=True,
    )
    try:
        await publisher.publish(parcel)
    except NotConfirmed as error:
        # Another relay, or the next day, does it.
        log.warning("event_stream.not_rolled", error=str(error))


def _padding(size: int) -> bytes:
    """An event of an unknown type, and white space: JSON that any reader can read and pass over."""
    event = (
        f'{{"specversion":"1.0","id":"{new_id()}","source":"ventros/bus","type":"{PADDING_TYPE}",'
        f'"time":"{utc_now().isoformat()}"}}'
    )
    return event.encode().ljust(size)
