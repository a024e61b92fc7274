"""The whole service over a real broker: webhooks in, facts out, dead letters and back."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiormq
import msgspec
import pytest

from platform_bus import Bell, BusSettings, ConsumersPart, RelayPart
from platform_bus.dead_letters import list_dead, replay_dead
from platform_postgres import Database
from platform_testkit import TestTenant
from proto_events import envelope as frame
from proto_events.channels import ChannelMessageReceived
from ventros_channels.events import subscribe
from ventros_channels.events.subscribe import consumers
from ventros_channels.http.ingress import Ingress

from ..conftest import FIXTURES, Api, Webhooks, changed, fixture

MESSAGE = fixture("message")


class Subscriber:
    """A queue on the pipeline, as contacts has."""

    def __init__(self) -> None:
        self.texts: list[str | None] = []
        self.lanes: set[str] = set()

    async def take(self, message: Any) -> None:
        self.lanes.add(message.routing_key.rpartition(".")[2])
        for body in frame.split(message.body):
            data = frame.decode(body).data
            told = msgspec.json.decode(data, type=ChannelMessageReceived).message
            self.texts.append(told.content.text)


@pytest.fixture
async def subscriber(amqp_vhost: str) -> AsyncIterator[Subscriber]:
    """Bound to every lane before anything is published."""
    subscriber = Subscriber()
    connection = await aiormq.connect(amqp_vhost)
    channel = await connection.channel()
    exchange = "ventros.pipeline"
    await channel.exchange_declare(exchange=exchange, exchange_type="topic", durable=True)
    await channel.queue_declare("contacts.test")
    await channel.queue_bind("contacts.test", exchange, "channel.message_received.v1.*")
    await channel.basic_consume("contacts.test", subscriber.take, no_ack=True)
    yield subscriber
    await connection.close()


@pytest.fixture
async def running(
    database: Database,
    ingress: Ingress,
    amqp_vhost: str,
    subscriber: Subscriber,
    eventually: Callable[..., Any],
) -> AsyncIterator[BusSettings]:
    """Relay and consumers."""
    settings = BusSettings(amqp_url=amqp_vhost, relay_poll=0.05)
    bell = Bell()
    parts = [
        RelayPart(database, settings, bell),
        ConsumersPart(database, settings, bell, consumers()),
    ]
    async with contextlib.AsyncExitStack() as stack:
        for part in parts:
            await part.start()
            stack.push_async_callback(part.stop)
        await eventually(lambda: all(part.ready for part in parts), timeout=20)
        yield settings


async def count(database: Database, table: str) -> int:
    async with database.relay() as tx:
        found: int = await tx.fetchval(f"SELECT count(*) FROM {table}")
        return found


async def test_messages_come_out_in_order_and_once(
    api: Api,
    webhooks: Webhooks,
    running: BusSettings,
    subscriber: Subscriber,
    eventually: Callable[..., Any],
) -> None:
    channel = await api.create()
    for number in range(60):
        stanza = f"false_554400000003@c.us_3A{number:04}"
        body = changed(MESSAGE, event_id=f"e{number}", id=stanza, body=f"n {number}")
        again = changed(MESSAGE, event_id=f"f{number}", id=stanza, body=f"n {number}")
        for posted in (body, again.replace(b'"event":"message"', b'"event":"message.any"'), body):
            assert (await webhooks.post(channel, posted)).status_code == 200

    def all_there() -> None:
        assert len(subscriber.texts) == 60

    await eventually(all_there, timeout=20)
    assert len(subscriber.lanes) == 1
    # The two queues run side by side, so only what each tells is in order.
    assert sorted(subscriber.texts) == sorted(f"n {number}" for number in range(60))


async def test_one_queue_keeps_the_order(
    api: Api,
    webhooks: Webhooks,
    running: BusSettings,
    subscriber: Subscriber,
    eventually: Callable[..., Any],
) -> None:
    channel = await api.create()
    expected = [f"n {number}" for number in range(100)]
    for number, text in enumerate(expected):
        stanza = f"false_554400000003@c.us_3A{number:04}"
        await webhooks.post(channel, changed(MESSAGE, event_id=text, id=stanza, body=text))

    def all_there() -> None:
        assert subscriber.texts == expected

    await eventually(all_there, timeout=20)


async def test_every_fixture_drains_and_nothing_is_left_over(
    api: Api,
    webhooks: Webhooks,
    running: BusSettings,
    subscriber: Subscriber,
    database: Database,
    eventually: Callable[..., Any],
) -> None:
    channel = await api.create()
    for path in sorted(FIXTURES.glob("*.json")):
        assert (await webhooks.post(channel, path.read_bytes())).status_code == 200

    async def drained() -> None:
        assert len(subscriber.texts) == 6
        assert await count(database, "outbox") == 0

    await eventually(drained, timeout=20)
    for queue in (queue for consumer in consumers() for queue in consumer.queues(None)):
        assert await list_dead(running, queue) == []


async def test_a_dead_letter_has_its_reason_and_comes_back_by_command(
    api: Api,
    webhooks: Webhooks,
    running: BusSettings,
    subscriber: Subscriber,
    eventually: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = await api.create()
    await webhooks.post(channel, changed(MESSAGE, event_id="broken", id="no id"))
    await webhooks.post(channel, MESSAGE)
    queue = "waha.events.message"

    async def buried() -> None:
        assert [letter.reason for letter in await list_dead(running, queue)] == [
            "message_id_malformed"
        ]
        assert subscriber.texts == ["Oi, tudo bem?"]

    await eventually(buried, timeout=20)
    sound = subscribe.parse_message
    mended = changed(MESSAGE, event_id="mended", id="false_554400000003@c.us_3A99", body="mended")
    monkeypatch.setattr(subscribe, "parse_message", lambda _, at: sound(mended, at))
    assert await replay_dead(running, queue) == 1

    async def told() -> None:
        assert subscriber.texts == ["Oi, tudo bem?", "mended"]
        assert await list_dead(running, queue) == []

    await eventually(told, timeout=20)


async def test_every_event_has_dead_letters_of_its_own_over_one_connection(
    api: Api,
    webhooks: Webhooks,
    running: BusSettings,
    database: Database,
    tenant: TestTenant,
    eventually: Callable[..., Any],
) -> None:
    channel = await api.create()
    call, ack = fixture("call.received"), fixture("message.ack.read")
    await webhooks.post(channel, changed(call, event_id="call", id=None))
    await webhooks.post(channel, changed(ack, event_id="ack", id="no id"))
    await webhooks.post(channel, ack)
    wanted = {
        "waha.events.call.received": ["call_id_missing"],
        "waha.events.message.ack": ["message_id_malformed"],
        "waha.events.call.accepted": [],
    }

    async def buried() -> None:
        for queue, reasons in wanted.items():
            letters = await list_dead(running, queue)
            assert [letter.reason for letter in letters] == reasons
            assert {letter.queue for letter in letters} <= {queue}
        async with database.tenant(tenant.tenant_id) as tx:
            assert await tx.fetchval("SELECT count(*) FROM provider_fact") == 1

    await eventually(buried, timeout=20)
    for queue, reasons in wanted.items():
        assert (await replay_dead(running, queue) > 0) == bool(reasons)
    # They are read again, and still say nothing.
    await eventually(buried, timeout=20)
