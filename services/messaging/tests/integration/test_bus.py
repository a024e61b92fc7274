"""Over the real broker: stored once and said once, whatever is delivered again or broken."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
import msgspec
import pytest

from platform_bus import Bell, BusSettings, ConsumersPart, RelayPart, deferral
from platform_postgres import Database
from platform_testkit import ServiceDatabase, eventually, new_tenant
from proto_events import envelope as frame
from proto_events.contacts import ContactMerged
from proto_events.conversation import Content
from proto_events.envelope import Envelope
from proto_events.messaging import MessageCreated
from proto_events.registry import DOMAIN_EXCHANGE, PIPELINE_EXCHANGE
from ventros_messaging.domain import content as contents
from ventros_messaging.events.subscribe import CONSUMERS

LANE = 0
RECORDED = "session.message_recorded.v1"


class Wire:
    """Stands where sessions and the subscribers stand: publishes bundles, hears what is said."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel) -> None:
        self._channel = channel
        self.heard: list[Envelope] = []

    async def listen(self) -> None:
        """Hear what is said of messages."""
        queue = await self._channel.declare_queue(exclusive=True)
        await queue.bind(DOMAIN_EXCHANGE, "message.#")

        async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            self.heard.append(frame.decode(message.body))

        await queue.consume(hear, no_ack=True)

    async def tell(self, envelopes: Sequence[bytes]) -> None:
        """Publish a bundle to the lane."""
        exchange = await self._channel.get_exchange(PIPELINE_EXCHANGE)
        message = aio_pika.Message(
            frame.join(list(envelopes)), content_type=frame.BATCH_CONTENT_TYPE, delivery_mode=2
        )
        await exchange.publish(message, f"{RECORDED}.{LANE}", mandatory=True)

    async def say(self, envelope: Envelope) -> None:
        """Publish a domain event."""
        exchange = await self._channel.get_exchange(DOMAIN_EXCHANGE)
        message = aio_pika.Message(frame.encode(envelope), content_type=frame.CONTENT_TYPE)
        await exchange.publish(message, envelope.type)

    async def dead(self) -> list[aio_pika.abc.AbstractIncomingMessage]:
        """What is in the dead-letter queue of the main path."""
        queue = await self._channel.get_queue(f"{CONSUMERS[0].name}.dlq")
        found = []
        while (message := await queue.get(no_ack=True, fail=False)) is not None:
            found.append(message)
        return found


@pytest.fixture
async def wire(database: Database, amqp_vhost: str) -> AsyncIterator[Wire]:
    """Messaging's consumers and relay at work, with one lane, and the other end of the wire."""
    settings = BusSettings(amqp_url=amqp_vhost, pipeline_lanes=1)
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


def encoded(*told: Any) -> list[bytes]:
    """The envelopes of what is told."""
    return [frame.encode(received.envelope) for received in told]


def ids(told: Sequence[Any]) -> list[str]:
    """The message ids of what is told."""
    return [str(received.data.message.id) for received in told]


async def parked(database: Database, tenant_id: UUID) -> dict[UUID, str]:
    """The code of every event that is parked."""
    async with database.tenant(tenant_id) as tx:
        rows = await tx.fetch("SELECT event_id, code FROM deferred WHERE next_at IS NULL")
    return {row["event_id"]: row["code"] for row in rows}


async def test_a_bundle_of_many_tenants_is_stored_and_said_once(
    conversation: Any, api_of: Callable[..., Any], wire: Wire
) -> None:
    conversations = [conversation, *(type(conversation)(new_tenant()) for _ in range(3))]
    told = [one.told() for _ in range(5) for one in conversations]
    other_event = [
        one.envelope(received.data, RECORDED, one.session_id)
        for one in conversations
        for received in told
        if received.data.session_id == one.session_id
    ]
    await wire.tell(encoded(*told))
    await wire.tell(encoded(*told, *told[:3]))
    await wire.tell([frame.encode(envelope) for envelope in other_event])
    last = conversation.told()
    await wire.tell(encoded(last))
    await eventually(lambda: len(wire.heard) == 21, timeout=20)
    for one in conversations:
        mine = [r for r in [*told, last] if r.data.session_id == one.session_id]
        listed = await api_of(one.tenant).messages(session_id=one.session_id)
        assert [item["id"] for item in listed] == ids(mine)
        said = [event for event in wire.heard if event.tenant_id == one.tenant.tenant_id]
        assert [event.subject for event in said] == ids(mine)
    event = next(event for event in wire.heard if event.subject == ids([last])[0])
    assert event.type == "message.created.v1"
    assert event.causation_id == last.envelope.id
    assert event.correlation_id == last.envelope.correlation_id
    assert event.partition_key == str(conversation.contact_id)
    assert event.project_id == conversation.tenant.project_id
    assert event.sequence == 1
    message = last.data.message
    assert msgspec.json.decode(event.data, type=MessageCreated) == MessageCreated(
        message_id=message.id,
        contact_id=conversation.contact_id,
        session_id=conversation.session_id,
        channel_id=message.channel_id,
        from_me=False,
        direction="inbound",
        content=message.content,
        created_at=message.occurred_at,
        received_at=message.received_at,
    )


async def test_each_kind_of_poison_stands_aside_alone(
    conversation: Any, api: Any, wire: Wire, database: Database
) -> None:
    good = [conversation.told() for _ in range(6)]
    rule = conversation.told(content=Content(type="image", text="no file"))
    sql = conversation.told(stanza="3EB0\0")
    unreadable = conversation.told()
    broken = frame.encode(unreadable.envelope).replace(b'"type":"text"', b'"type":"hologram"')
    not_an_envelope = b'{"specversion":"1.0"}'
    bundle = encoded(*good[:2], rule, good[2], sql, good[3])
    await wire.tell([*bundle, broken, *encoded(good[4]), not_an_envelope, *encoded(good[5])])
    tenant_id = conversation.tenant.tenant_id
    await eventually(lambda: len(wire.heard) == 6, timeout=20)

    async def both_parked() -> bool:
        return await parked(database, tenant_id) == {
            rule.envelope.id: "content_incomplete",
            sql.envelope.id: "CharacterNotInRepertoireError",
        }

    await eventually(both_parked)
    listed = await api.messages(session_id=conversation.session_id)
    assert [item["id"] for item in listed] == ids(good)
    dead = await wire.dead()
    assert sorted(message.body for message in dead) == sorted([broken, not_an_envelope])
    assert all(message.headers for message in dead)


async def test_replay_after_a_fix_stores_it_once(
    conversation: Any,
    api: Any,
    wire: Wire,
    database: Database,
    service_database: ServiceDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rule that was too strict, and a constraint of ours that was wrong."""
    owner = await asyncpg.connect(service_database.owner_url)
    await owner.execute("ALTER TABLE message ADD CONSTRAINT wrong CHECK (stanza <> 'UNLUCKY')")
    told = [conversation.told()]
    rule = conversation.told(content=Content(type="image", text="no file"))
    sql = conversation.told(stanza="UNLUCKY")
    told.append(conversation.told())
    await wire.tell(encoded(told[0], rule, sql, told[1]))
    tenant_id = conversation.tenant.tenant_id

    async def kept() -> bool:
        return set(await parked(database, tenant_id)) == {rule.envelope.id, sql.envelope.id}

    await eventually(kept, timeout=20)

    await owner.execute("ALTER TABLE message DROP CONSTRAINT wrong")
    await owner.close()
    strict = contents.read

    def lenient(name: str, parts: Any) -> contents.Content:
        if name == "image":
            return contents.TextContent(text=parts.text)
        return strict(name, parts)

    monkeypatch.setattr(contents, "read", lenient)
    async with database.system() as tx:
        assert await deferral.replay(tx, consumer="messaging.recorded", event_ids=None) == 2
    await wire.tell(encoded(rule, sql))  # and the broker delivers them again meanwhile
    await eventually(lambda: len(wire.heard) == 4, timeout=30)

    async def settled() -> bool:
        return await parked(database, tenant_id) == {}

    await eventually(settled, timeout=20)
    # The provider's time puts them into their place, before what was told after them.
    listed = await api.messages(session_id=conversation.session_id)
    assert [item["id"] for item in listed] == ids([told[0], rule, sql, told[1]])
    assert sorted(event.subject for event in wire.heard) == sorted(ids([*told, rule, sql]))


async def test_a_merge_that_is_heard_joins_histories(
    conversation: Any, api: Any, store: Any, wire: Wire
) -> None:
    other = type(conversation)(conversation.tenant)
    await store(conversation.told(), other.told())
    merged = ContactMerged(
        primary_contact_id=conversation.contact_id,
        merged_contact_ids=[other.contact_id],
        merge_strategy="proof",
        merged_at=other.told().data.recorded_at,
    )
    await wire.say(other.envelope(merged, "contact.merged.v1", other.contact_id))

    async def joined() -> bool:
        return len(await api.messages(contact_id=conversation.contact_id)) == 2

    await eventually(joined, timeout=20)
