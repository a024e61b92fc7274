"""Over the real broker: what is broken parks alone, what is told again changes nothing."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import aio_pika
import msgspec
import pytest

from platform_bus import Bell, BusSettings, ConsumersPart, RelayPart, deferral
from platform_postgres import Database
from platform_testkit import eventually, new_tenant
from proto_events import envelope as frame
from proto_events.registry import DOMAIN_EXCHANGE, PIPELINE_EXCHANGE
from ventros_contacts.events.subscribe import CONSUMERS

RECEIVED = "channel.message_received.v1"
INTERACTION = "contact.interaction_recorded.v1"
LANES = 2


class Wire:
    """Stands where channels and sessions stand: publishes bundles, hears what comes of them."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel) -> None:
        self._channel = channel
        self.interactions: list[frame.Envelope] = []
        self.facts: list[frame.Envelope] = []

    async def listen(self) -> None:
        """Hear everything that contacts says."""
        for exchange, keys, heard in (
            (PIPELINE_EXCHANGE, [f"{INTERACTION}.{n}" for n in range(LANES)], self.interactions),
            (DOMAIN_EXCHANGE, ["#"], self.facts),
        ):
            queue = await self._channel.declare_queue(exclusive=True)
            for key in keys:
                await queue.bind(exchange, key)
            await queue.consume(_hearing(heard), no_ack=True)

    async def tell(self, told: Sequence[Any], lane: int = 0, *, raw: Sequence[bytes] = ()) -> None:
        """Publish a bundle to a lane."""
        exchange = await self._channel.get_exchange(PIPELINE_EXCHANGE)
        body = frame.join([*(frame.encode(each.envelope) for each in told), *raw])
        message = aio_pika.Message(body, content_type=frame.BATCH_CONTENT_TYPE, delivery_mode=2)
        await exchange.publish(message, f"{RECEIVED}.{lane}", mandatory=True)

    async def dead(self) -> int:
        """How many messages nobody can read."""
        queue = await self._channel.declare_queue("contacts.messages.dlq", passive=True)
        return queue.declaration_result.message_count or 0


def _hearing(heard: list[frame.Envelope]) -> Any:
    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        heard.extend(frame.decode(part) for part in frame.split(message.body))

    return hear


@pytest.fixture
async def wire(database: Database, amqp_vhost: str) -> AsyncIterator[Wire]:
    """Contacts' consumers and relay at work, with two lanes."""
    settings = BusSettings(amqp_url=amqp_vhost, pipeline_lanes=LANES)
    bell = Bell()
    relay = RelayPart(database, settings, bell)
    consumers = ConsumersPart(database, settings, bell, CONSUMERS)
    await relay.start()
    await consumers.start()
    await eventually(lambda: consumers.ready, timeout=30)
    connection = await aio_pika.connect(amqp_vhost)
    wire = Wire(await connection.channel(publisher_confirms=True))
    await wire.listen()
    yield wire
    await consumers.stop()
    await relay.stop()
    await connection.close()


def ids(told: Sequence[Any]) -> list[str]:
    """Message ids."""
    return [str(each.data.message.id) for each in told]


def heard_ids(heard: Sequence[frame.Envelope]) -> list[str]:
    """Message ids in interactions."""
    return [msgspec.json.decode(each.data)["message"]["id"] for each in heard]


async def test_messages_go_on_with_their_contact_once_and_in_order(
    world: Any, line: Any, wire: Wire
) -> None:
    other = world.line(new_tenant())
    told = [each.message(f"55119{number % 4:08}@s.whatsapp.net", push_name="Ana")
            for number in range(40) for each in (line, other)]  # fmt: skip
    await wire.tell(told[:50])
    await wire.tell(told)
    await eventually(lambda: len(wire.interactions) >= 80, timeout=20)
    await wire.tell(told[20:30])
    last = line.message("5511900000000@s.whatsapp.net")
    await wire.tell([last])
    await eventually(lambda: len(wire.interactions) >= 81, timeout=20)
    assert sorted(heard_ids(wire.interactions)) == sorted(ids([*told, last]))
    assert len([e for e in wire.facts if e.type == "contact.created.v1"]) == 8
    by_person: dict[str, list[str]] = {}
    for envelope in wire.interactions:
        by_person.setdefault(envelope.partition_key, []).extend(heard_ids([envelope]))
    order = {message: place for place, message in enumerate(ids([*told, last]))}
    for messages in by_person.values():
        assert messages == sorted(messages, key=order.__getitem__)


async def test_fifty_first_messages_over_two_lanes_make_one_contact(
    world: Any, line: Any, wire: Wire
) -> None:
    forms = [("551187654321@s.whatsapp.net",), ("5511987654321@s.whatsapp.net",),
             ("123456789012345@lid", "551187654321@s.whatsapp.net")]  # fmt: skip
    told = [line.message(*forms[number % 3], push_name="Ana") for number in range(50)]
    for start in range(0, 50, 5):
        await wire.tell(told[start : start + 5], lane=start // 5 % LANES)
    await eventually(lambda: len(wire.interactions) >= 50, timeout=20)
    assert sorted(heard_ids(wire.interactions)) == sorted(ids(told))
    assert len(await world.nodes(line.tenant)) == 1
    assert [e.type for e in wire.facts] == ["contact.created.v1"]


async def test_what_is_broken_parks_alone(
    world: Any, line: Any, wire: Wire, database: Database
) -> None:
    """Each kind of poison in one bundle: a broken rule, broken data, what nobody can read."""
    good = [line.message(f"55119{number:08}@s.whatsapp.net") for number in range(6)]
    nobody = line.message(party=[])
    unstorable = line.message("5511955555555@s.whatsapp.net", push_name="Ana")
    text = msgspec.json.decode(frame.encode(unstorable.envelope))
    text["data"]["message"]["party"][1]["value"] = "bad\u0000@s.whatsapp.net"
    raw = [
        msgspec.json.encode(text),
        b'{"specversion":"1.0","type":"channel.message_received.v1"}',
    ]
    await wire.tell([*good[:3], nobody, *good[3:]], raw=raw)
    await eventually(lambda: len(wire.interactions) >= 6, timeout=20)

    async def parked() -> set[tuple[str, str]]:
        rows = await world.rows(
            line.tenant, "SELECT event_id, code FROM deferred WHERE next_at IS NULL"
        )
        found = {(str(row["event_id"]), row["code"]) for row in rows}
        assert len(found) == 2
        return found

    found = await eventually(parked, timeout=20)
    assert (str(nobody.envelope.id), "message_without_party") in found
    assert str(unstorable.envelope.id) in {event_id for event_id, _ in found}
    # Six people: what is promised is the order within one conversation.
    assert sorted(heard_ids(wire.interactions)) == sorted(ids(good))
    await eventually(wire.dead, timeout=10)
    assert await wire.dead() == 1
    # The lane goes on; who wants a parked event again can have it, and gets the same answer.
    after = line.message("5511900000000@s.whatsapp.net")
    await wire.tell([after])
    await eventually(lambda: len(wire.interactions) == 7, timeout=20)
    async with database.system() as tx:
        assert len(await deferral.list_kept(tx)) == 2
