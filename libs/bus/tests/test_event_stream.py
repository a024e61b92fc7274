"""The stream of all domain events, read from a real broker as a newcomer would."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiormq
import msgspec
import pytest

from platform_bus import BusSettings
from platform_bus.bell import Bell
from platform_bus.event_stream import (
    EVENT_STREAM,
    PADDING_TYPE,
    DailyRoll,
    declare_event_stream,
    roll_event_stream,
)
from platform_bus.outbox import emit
from platform_bus.publisher import Publisher
from platform_bus.relay import Relay
from platform_bus.topology import declare_exchanges
from platform_core.ids import new_id

Eventually = Callable[..., Awaitable[Any]]


class Reader:
    """A consumer that came late; `read` is the number in each event, with its offset."""

    def __init__(self, channel: aiormq.abc.AbstractChannel) -> None:
        self._channel = channel
        self.read: list[tuple[int, int | None]] = []
        self.types: list[str] = []

    async def begin(self, offset: object) -> "Reader":
        await self._channel.basic_qos(prefetch_count=100)
        await self._channel.basic_consume(
            EVENT_STREAM,
            self._take,
            arguments={"x-stream-offset": offset},  # type: ignore[dict-item]
        )
        return self

    async def _take(self, message: aiormq.abc.DeliveredMessage) -> None:
        headers = message.header.properties.headers or {}
        event = msgspec.json.decode(message.body)
        offset = headers["x-stream-offset"]
        assert isinstance(offset, int)
        self.types.append(event["type"])
        self.read.append((offset, event.get("data", {}).get("number")))
        assert message.delivery_tag is not None
        await self._channel.basic_ack(message.delivery_tag)

    @property
    def numbers(self) -> list[int | None]:
        return [number for _, number in self.read]


async def say(probe: Any, numbers: range) -> None:
    tenant = new_id()
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.happened(tenant, number) for number in numbers])
    await Relay(probe.database, probe.settings, Bell()).run_once()


async def newcomer(settings: BusSettings, offset: object) -> Reader:
    return await Reader(await Publisher(settings).channel()).begin(offset)


async def test_a_newcomer_reads_what_was_said_before_it_came(
    probe: Any, eventually: Eventually
) -> None:
    await say(probe, range(10))
    first = await newcomer(probe.settings, "first")
    await eventually(lambda: first.numbers == list(range(10)))

    # From the fourth on, as one who was away; and nothing was taken out by the first reader.
    later = await newcomer(probe.settings, first.read[4][0])
    await eventually(lambda: later.numbers == list(range(4, 10)))

    # Only what comes from now on, for both that stay and one that begins.
    fresh = await newcomer(probe.settings, "next")
    await say(probe, range(10, 12))
    await eventually(lambda: fresh.numbers == [10, 11])
    await eventually(lambda: first.numbers == list(range(12)))


async def another_second(eventually: Eventually) -> None:
    """The broker's times are in whole seconds: wait until a later one can be told apart."""
    began = int(time.time())
    await eventually(lambda: int(time.time()) > began)


async def test_a_newcomer_reads_from_a_time(probe: Any, eventually: Eventually) -> None:
    await say(probe, range(3))
    await another_second(eventually)
    between = datetime.now(UTC)
    await another_second(eventually)
    await say(probe, range(3, 6))
    reader = await newcomer(probe.settings, between)
    await eventually(lambda: reader.numbers == [3, 4, 5])
    earlier = await newcomer(probe.settings, between - timedelta(hours=1))
    await eventually(lambda: earlier.numbers == list(range(6)))


async def test_what_is_old_goes_when_its_segment_is_filled(
    probe: Any, eventually: Eventually
) -> None:
    """Retention of days would take days: the stream is made here with one of a second."""
    settings = BusSettings(amqp_url=probe.settings.amqp_url, event_stream_segment_bytes=65_536)
    publisher = Publisher(settings)
    channel = await publisher.channel()
    await declare_exchanges(channel)
    arguments = {
        "x-queue-type": "stream",
        "x-max-age": "1s",
        "x-stream-max-segment-size-bytes": settings.event_stream_segment_bytes,
    }
    await channel.queue_declare(queue=EVENT_STREAM, durable=True, arguments=arguments)  # type: ignore[arg-type]
    await channel.queue_bind(queue=EVENT_STREAM, exchange="ventros.events", routing_key="#")
    await say(probe, range(3))

    async def gone() -> bool:
        await roll_event_stream(publisher, settings)
        reader = await newcomer(settings, "first")
        await eventually(lambda: reader.types)
        # A reader passes over what fills: it is JSON, of a type that nobody knows.
        return set(reader.types) == {PADDING_TYPE}

    await eventually(gone, timeout=30, interval=1.0)
    await say(probe, range(3, 5))
    reader = await newcomer(settings, "first")
    await eventually(lambda: [n for n in reader.numbers if n is not None] == [3, 4])
    await publisher.drop()


async def test_a_stream_with_another_retention_is_kept_as_it_is(probe: Any) -> None:
    await say(probe, range(2))
    other = msgspec.structs.replace(probe.settings, event_stream_days=3)
    publisher = Publisher(other)
    await declare_event_stream(await publisher.channel(), other)
    # Whoever declares goes on with its work.
    tenant = new_id()
    async with probe.database.tenant(tenant) as tx:
        await emit(tx, [probe.happened(tenant, 2)])
    assert (await Relay(probe.database, other, Bell()).run_once()).published == 1
    await publisher.drop()


async def test_an_installation_that_wants_no_stream_has_none(probe: Any) -> None:
    settings = msgspec.structs.replace(probe.settings, event_stream=False)
    await Relay(probe.database, settings, Bell()).run_once()
    channel = await Publisher(settings).channel()
    with pytest.raises(aiormq.exceptions.ChannelNotFoundEntity):
        await channel.queue_declare(queue=EVENT_STREAM, passive=True)


def test_a_segment_is_filled_once_a_day_however_long_the_process_runs() -> None:
    day = datetime(2026, 3, 2, tzinfo=UTC)
    roll = DailyRoll()
    due = [hour for hour in range(72) if roll.is_due(day + timedelta(hours=hour, minutes=10))]
    assert due == [3, 27, 51]
    assert not roll.is_due(day + timedelta(hours=51, minutes=50))
    assert DailyRoll().is_due(day + timedelta(hours=51, minutes=50))


@pytest.mark.parametrize("name", ["event_log_days", "event_stream_days"])
def test_history_runs_out_before_an_erasure_must_be_done(name: str) -> None:
    told = {"amqp_url": "amqp://unused", "inbox_days": 99}
    assert msgspec.convert({**told, name: 26}, BusSettings)
    for days in (0, 27):
        with pytest.raises(msgspec.ValidationError, match="int"):
            msgspec.convert({**told, name: days}, BusSettings)


def test_the_inbox_outlasts_what_can_come_again() -> None:
    with pytest.raises(ValueError, match="inbox_days must be at least 16"):
        BusSettings(amqp_url="amqp://unused", event_log_days=14)
    assert BusSettings(amqp_url="amqp://unused", event_log_days=14, inbox_days=16).inbox_days == 16
