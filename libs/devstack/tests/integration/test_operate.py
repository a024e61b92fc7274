"""An operator's commands against a real database and a real broker."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import aio_pika
import asyncpg
import pytest

from platform_bus.event_log import Wanted
from platform_core.ids import new_id
from platform_devstack import operate, operator_commands
from platform_devstack.errors import StackError
from platform_devstack.layout import Layout, find_root
from platform_devstack.provision import url_of_database
from platform_devstack.services import DATABASE, WITH_DATABASE, Surroundings
from platform_devstack.stack import Stack
from platform_testkit import eventually
from platform_testkit.servers import ServerPark

CONSUMER = "contacts.interactions"


class Quiet:
    """A report that says nothing."""

    def doing(self, name: str, what: str) -> None:
        return

    def done(self, name: str, what: str, seconds: float) -> None:
        return


@pytest.fixture
async def around(server_park: ServerPark, amqp_vhost: str) -> AsyncIterator[Surroundings]:
    """A stack of its own PostgreSQL and the run's broker."""
    folder = Path(tempfile.mkdtemp(prefix="ventros-operate-"))
    stack = Stack(
        Layout.throw_away(find_root(Path(__file__)), folder),
        {
            "VENTROS_AMQP_URL": amqp_vhost,
            "VENTROS_AMQP_MANAGEMENT_URL": server_park.amqp_management_url(),
            "VENTROS_REDIS_URL": "redis://unused/",
            "VENTROS_TEMPORAL_ADDRESS": "unused:7233",
        },
        throw_away=True,
    )
    try:
        await stack.servers_up(Quiet())
        yield stack.surroundings()
    finally:
        stack.fleet.kill_all()
        shutil.rmtree(folder, ignore_errors=True)


async def park(around: Surroundings) -> UUID:
    event_id = new_id()
    admin = await asyncpg.connect(url_of_database(around.endpoints.postgres_admin_url, DATABASE))
    try:
        await admin.execute(
            "INSERT INTO contacts.deferred (tenant_id, consumer, event_id, type, envelope, code,"
            " reason) VALUES ($1, $2, $3, 'channel.message_received.v1', $4, 'invalid', 'why')",
            new_id(),
            CONSUMER,
            event_id,
            b"{}",
        )
    finally:
        await admin.close()
    return event_id


async def listed(around: Surroundings) -> list[UUID]:
    found = await operate.parked(around, "contacts", consumer=None, waiting=False, limit=10)
    return [one.event_id for one in found]


async def test_parked_events_are_listed_replayed_and_dropped(around: Surroundings) -> None:
    first, second, third = [await park(around) for _ in range(3)]
    assert await listed(around) == [first, second, third]

    replayed = await operate.replay_parked(around, "contacts", consumer=None, event_ids=[first])
    dropped = await operate.drop_parked(
        around, "contacts", consumer=CONSUMER, event_ids=[second, first]
    )

    # What waits for its retry is no longer parked, and is not dropped.
    assert (replayed, dropped) == (1, 1)
    assert await listed(around) == [third]
    waiting = await operate.parked(around, "contacts", consumer=None, waiting=True, limit=10)
    assert {one.event_id for one in waiting} == {first, third}
    everything = await operate.replay_parked(around, "contacts", consumer=CONSUMER, event_ids=None)
    assert everything == 1


async def test_dead_letters_are_found_shown_and_put_back(around: Surroundings) -> None:
    connection = await aio_pika.connect(around.endpoints.amqp_url)
    async with connection:
        channel = await connection.channel()
        quorum = {"x-queue-type": "quorum"}
        alive = await channel.declare_queue("waha.events.x", durable=True, arguments=quorum)
        await channel.declare_queue("waha.events.x.dlq", durable=True, arguments=quorum)
        await channel.declare_queue("waha.events.y.dlq", durable=True, arguments=quorum)
        message = aio_pika.Message(b"not json", headers={"ventros-reason": "not JSON"})
        await channel.default_exchange.publish(message, routing_key="waha.events.x.dlq")

        letters = await operate.dead_letters(around, "waha.events.x", 10)
        assert [(one.body, one.reason) for one in letters] == [(b"not json", "not JSON")]
        moved = await operate.replay_dead_letters(around, "waha.events.x")

        assert moved == 1
        assert await operate.dead_letters(around, "waha.events.x", 10) == []
        back = await alive.get(timeout=5)
        assert back.body == b"not json"
        await back.ack()


async def test_only_queues_with_dead_letters_are_listed(around: Surroundings) -> None:
    connection = await aio_pika.connect(around.endpoints.amqp_url)
    async with connection:
        channel = await connection.channel()
        for name in ("waha.events.x", "waha.events.x.dlq", "waha.events.y.dlq"):
            await channel.declare_queue(name, durable=True)
        await channel.default_exchange.publish(
            aio_pika.Message(b"x"), routing_key="waha.events.x.dlq"
        )

        # The management database learns of new messages every few seconds.
        async def found() -> bool:
            queues = await operate.dead_queues(around)
            assert all(one.queue == "waha.events.x" for one in queues)
            return [one.messages for one in queues] == [1]

        await eventually(found, timeout=30, interval=0.5)


async def test_the_number_of_lanes_is_shown_and_changed_in_every_service(
    around: Surroundings,
) -> None:
    with pytest.raises(StackError, match="has not started yet"):
        await operate.set_lanes(around, 6, lambda _: None)
    for service in WITH_DATABASE:
        admin = await asyncpg.connect(
            url_of_database(around.endpoints.postgres_admin_url, DATABASE)
        )
        await admin.execute(f"INSERT INTO {service}.bus_state (lanes) VALUES (4)")
        await admin.close()
    said: list[str] = []
    assert set((await operate.lanes(around)).values()) == {4}
    await operate.set_lanes(around, 6, said.append)
    assert await operate.lanes(around) == dict.fromkeys(WITH_DATABASE, 6)
    assert said[-1] == "resumed"


async def publish(around: Surroundings, service: str, minute: int) -> UUID:
    """Something that a service published, as its relay leaves it in the log; its event's id."""
    event_id = new_id()
    admin = await asyncpg.connect(url_of_database(around.endpoints.postgres_admin_url, DATABASE))
    try:
        await admin.execute(
            f"INSERT INTO {service}.event_log (tenant_id, id, type, envelope, published_at)"
            " VALUES ($1, $2, 'contact.created.v1', $3, $4)",
            new_id(),
            event_id,
            str(event_id).encode(),
            datetime(2026, 3, 1, 12, minute, tzinfo=UTC),
        )
    finally:
        await admin.close()
    return event_id


async def test_the_history_of_all_services_comes_to_one_queue(around: Surroundings) -> None:
    told = [
        await publish(around, service, minute)
        for minute, service in enumerate(("contacts", "identity", "contacts", "channels"))
    ]
    since = datetime(2026, 3, 1, 12, 1, tzinfo=UTC)
    connection = await aio_pika.connect(around.endpoints.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("mine", durable=True)
        said: list[str] = []
        wanted = Wanted(since=since, types=["contact.created.v1"])
        assert await operate.replay_events(around, "mine", wanted, said.append) == 3
        bodies = []
        for _ in range(3):
            message = await queue.get(timeout=5)
            await message.ack()
            assert message.headers == {"ventros-replayed": "true"}
            bodies.append(message.body.decode())
        assert bodies == [str(event_id) for event_id in told[1:]]
        assert said == [f"3 sent, up to {datetime(2026, 3, 1, 12, 3, tzinfo=UTC).isoformat()}"]

        with pytest.raises(StackError, match="there is no queue elsewhere; nothing was sent"):
            await operate.replay_events(around, "elsewhere", wanted, said.append)


def test_a_replay_is_asked_for_in_words() -> None:
    words = ["events", "replay", "--to-queue", "mine", "--since", "2026-03-01T12:00:00Z"]
    given = operator_commands.parse([*words, "--type", "contact.created.v1"])
    assert (given.to_queue, given.type) == ("mine", ["contact.created.v1"])
    for wrong in (["--since", "2026-03-01T12:00:00"], ["--type", "contact.creatd.v1"]):
        with pytest.raises(SystemExit):
            operator_commands.parse([*words, *wrong])
