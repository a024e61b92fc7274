"""Replay of the event log to one queue, against the real database and broker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiormq
import msgspec
import pytest

from platform_bus.bell import Bell
from platform_bus.event_log import PAGE, Wanted, replay
from platform_bus.one_queue import REPLAYED, QueueRefused, QueueUnknown
from platform_bus.outbox import emit
from platform_bus.publisher import Publisher
from platform_bus.relay import Relay
from platform_bus.topology import declare_exchanges
from platform_core.ids import new_id
from platform_postgres import Database, PostgresSettings
from proto_events import envelope as frame

EVER = Wanted(since=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
async def other(make_database: Callable[[str], Any]) -> AsyncIterator[Database]:
    """A second service."""
    urls = make_database("otherprobe")
    database = Database(
        PostgresSettings(
            database_app_url=urls.app_url,
            database_relay_url=urls.relay_url,
            database_system_url=urls.system_url,
        ),
        service="otherprobe",
    )
    yield database
    await database.close()


async def queue(probe: Any, name: str, **arguments: Any) -> aiormq.abc.AbstractChannel:
    """A queue that hears every domain event."""
    channel = await Publisher(probe.settings).channel()
    await declare_exchanges(channel)
    await channel.queue_declare(
        queue=name, durable=True, arguments={"x-queue-type": "quorum", **arguments}
    )
    await channel.queue_bind(queue=name, exchange="ventros.events", routing_key="#")
    return channel


def bounded(length: int) -> dict[str, Any]:
    """A queue that takes so many and refuses the next; quorum queues let some more in."""
    return {"x-queue-type": "classic", "x-max-length": length, "x-overflow": "reject-publish"}


async def drain(channel: aiormq.abc.AbstractChannel, name: str) -> list[tuple[int, Any]]:
    """(number, header of a replay) of what lies in the queue."""
    found = []
    while True:
        message = await channel.basic_get(name, no_ack=True, timeout=5)
        if message.delivery_tag is None:
            return found
        headers = message.header.properties.headers or {}
        event = frame.decode(message.body)
        assert message.header.properties.message_id == str(event.id)
        found.append((msgspec.json.decode(event.data)["number"], headers.get(REPLAYED)))


async def publish(probe: Any, database: Database, numbers: range, tenant: Any = None) -> Any:
    """Write to the outbox and let the relay publish, so that it is in the log."""
    tenant = tenant or new_id()
    async with database.tenant(tenant) as tx:
        await emit(tx, [probe.happened(tenant, number) for number in numbers])
    relay = Relay(database, msgspec.structs.replace(probe.settings, event_stream=False), Bell())
    while (await relay.run_once()).published:
        pass
    return tenant


async def test_history_of_all_services_comes_to_the_one_queue_oldest_first(
    probe: Any, other: Database
) -> None:
    await publish(probe, probe.database, range(2))
    await publish(probe, other, range(2, 4))
    await publish(probe, probe.database, range(4, 6))
    channel = await queue(probe, "mine")
    await queue(probe, "theirs")
    said: list[str] = []
    sent = await replay([other, probe.database], probe.settings, "mine", EVER, say=said.append)
    assert sent == 6
    came = await drain(channel, "mine")
    # Oldest first; what one round published has one time and no order.
    assert [{number for number, _ in came[at : at + 2]} for at in (0, 2, 4)] == [
        {0, 1},
        {2, 3},
        {4, 5},
    ]
    assert {mark for _, mark in came} == {"true"}
    assert await drain(channel, "theirs") == []
    assert len(said) == 1
    assert said[0].startswith("6 sent, up to ")


async def test_only_what_is_wanted_comes(probe: Any) -> None:
    tenant = await publish(probe, probe.database, range(3))
    await asyncio.sleep(0.01)
    between = datetime.now(UTC)
    await publish(probe, probe.database, range(3, 5))
    await publish(probe, probe.database, range(5, 7), tenant)
    channel = await queue(probe, "mine")

    async def numbers(**wanted: Any) -> list[int]:
        told = msgspec.structs.replace(EVER, **wanted)
        await replay([probe.database], probe.settings, "mine", told)
        return sorted(number for number, _ in await drain(channel, "mine"))

    assert await numbers(tenant_id=tenant) == [0, 1, 2, 5, 6]
    assert await numbers(since=between) == [3, 4, 5, 6]
    assert await numbers(until=between) == [0, 1, 2]
    assert await numbers(since=between - timedelta(hours=1), until=between) == [0, 1, 2]
    assert await numbers(types=["probe.happened.v1"]) == list(range(7))
    assert await numbers(types=["probe.elsewhere.v1"]) == []
    assert await numbers(since=between + timedelta(hours=1)) == []


async def test_more_than_a_page_comes_whole_and_in_order(probe: Any) -> None:
    count = 2 * PAGE + 7
    await publish(probe, probe.database, range(count))
    channel = await queue(probe, "mine")
    said: list[str] = []
    assert await replay([probe.database], probe.settings, "mine", EVER, say=said.append) == count
    assert len(said) == 3
    assert sorted(number for number, _ in await drain(channel, "mine")) == list(range(count))


async def test_a_queue_that_is_not_there_is_said_before_anything_is_sent(probe: Any) -> None:
    await publish(probe, probe.database, range(3))
    with pytest.raises(QueueUnknown, match="there is no queue nowhere; nothing was sent"):
        await replay([probe.database], probe.settings, "nowhere", EVER)


async def test_a_full_queue_is_waited_for(probe: Any) -> None:
    await publish(probe, probe.database, range(30))
    channel = await queue(probe, "narrow", **bounded(5))
    got: list[int] = []

    async def slowly() -> None:
        while len(set(got)) < 30:
            got.extend(number for number, _ in await drain(channel, "narrow"))
            await asyncio.sleep(0.05)

    sent, _ = await asyncio.gather(
        replay([probe.database], probe.settings, "narrow", EVER),
        asyncio.wait_for(slowly(), 60),
    )
    assert sent == 30
    assert sorted(got) == list(range(30))


async def test_a_queue_that_stays_full_is_given_up_with_a_word(probe: Any) -> None:
    await publish(probe, probe.database, range(30))
    await queue(probe, "narrow", **bounded(1))
    with pytest.raises(QueueRefused, match=r"narrow took \d+ events and then no more: it was full"):
        await replay([probe.database], probe.settings, "narrow", EVER, patience=1.0)


async def test_a_round_that_is_under_way_is_waited_for(probe: Any) -> None:
    """Its events were published before the queue was bound, and are not in the log yet."""
    tenant = new_id()
    await publish(probe, probe.database, range(1))
    channel = await queue(probe, "mine")
    async with probe.database.relay() as tx:
        await tx.execute("SELECT pg_try_advisory_xact_lock(hashtext(current_schema()), 7)")
        await tx.execute(
            "INSERT INTO event_log (tenant_id, id, type, envelope)"
            " SELECT $1, id, type, envelope FROM event_log LIMIT 1",
            tenant,
        )
        work = asyncio.create_task(replay([probe.database], probe.settings, "mine", EVER))
        done, _ = await asyncio.wait({work}, timeout=1.0)
        assert not done, "the replay did not wait"
    assert await asyncio.wait_for(work, 20) == 2
    assert len(await drain(channel, "mine")) == 2
