"""From raw events to `channel.message_received`: once, in order, with the same ids."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_core.clock import utc_now
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events import envelope as frame
from proto_events.envelope import Envelope
from proto_events.waha import WahaEvent
from ventros_channels.domain.message import Heard
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.events import KNOWN_EVENTS
from ventros_channels.domain.waha.parse import parse_message
from ventros_channels.events import subscribe
from ventros_channels.events.publish import message_received
from ventros_channels.events.replay import replay
from ventros_channels.operate import wanted_of

from ..conftest import FIXTURES, Api, Pipeline, Webhooks, changed, fixture

MESSAGE = fixture("message")
ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)


def message(number: int, event: str = "message", **payload: Any) -> bytes:
    """Message `number` of one person, as this event tells it."""
    document = msgspec.json.decode(MESSAGE)
    document |= {"id": f"evt_{event}_{number}", "event": event}
    stanza = f"3A{number:04}"
    document["payload"] |= {"id": f"false_554400000003@c.us_{stanza}", "body": f"n {number}"}
    document["payload"] |= payload
    return msgspec.json.encode(document)


async def test_a_message_is_told_as_a_fact_of_the_pipeline(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, tenant: TestTenant
) -> None:
    channel = await api.create()
    await webhooks.post(channel, MESSAGE)
    [raw] = await pipeline.raw()
    await pipeline.deliver()
    [told] = await pipeline.told()
    assert told.type == "channel.message_received.v1"
    assert told.partition_key == f"{channel['id']}:554400000003@s.whatsapp.net"
    assert (told.tenant_id, told.project_id) == (tenant.tenant_id, tenant.project_id)
    assert (told.causation_id, told.correlation_id) == (raw.id, raw.correlation_id)
    assert told.sequence == raw.sequence
    [heard] = await pipeline.messages()
    assert str(heard.channel_id) == channel["id"]
    assert heard.channel_type == "waha"
    assert (heard.ingress_seq, heard.received_at) == (raw.sequence, raw.time)
    assert heard.content.text == "Oi, tudo bem?"
    assert {identity.kind for identity in heard.party} == {"phone", "jid", "lid"}


async def test_message_beside_message_any_is_one_fact_with_the_same_id(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    one, two = await api.create(), await api.create(external_id="+554400000009")
    for channel, order in ((one, ("message", "message.any")), (two, ("message.any", "message"))):
        for event in order:
            await webhooks.post(channel, message(1, event))
    await pipeline.deliver()
    told = await pipeline.told()
    assert len(told) == 2
    assert len({envelope.id for envelope in told}) == 2  # another channel, another fact


async def test_ids_follow_from_the_fact_alone(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    for event in ("message", "message.any"):
        await webhooks.post(channel, message(1, event))
    raw = await pipeline.raw()
    made = [_told_by(envelope) for envelope in raw]
    assert made[0] == made[1]
    await pipeline.deliver()
    [told], [heard] = await pipeline.told(), await pipeline.messages()
    assert made[0] == (told.id, heard.id)


def _told_by(raw: Envelope) -> tuple[UUID | None, UUID]:
    event = msgspec.json.decode(raw.data, type=WahaEvent)
    heard = parse_message(event.body, event.received_at)
    assert isinstance(heard, Heard)
    outgoing, message_id = message_received(heard, raw, event)
    return outgoing.id, message_id


async def test_a_sent_message_and_a_received_one_with_one_stanza_are_two(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    received = changed(MESSAGE, event_id="evt_1", id="false_554400000003@c.us_3A")
    sent = changed(MESSAGE, event_id="evt_2", id="true_554400000003@c.us_3A")
    for body in (received, sent):
        await webhooks.post(channel, body)
    await pipeline.deliver()
    assert [m.from_me for m in await pipeline.messages()] == [False, True]


async def test_one_message_under_phone_and_lid_is_one(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    for number, chat in enumerate(("554400000003@c.us", "10000000000004@lid")):
        body = changed(MESSAGE, event_id=f"evt_{number}", id=f"false_{chat}_3A01")
        await webhooks.post(channel, body)
    await pipeline.deliver()
    assert len(await pipeline.messages()) == 1


async def test_facts_keep_the_order_of_arrival(
    api: Api, webhooks: Webhooks, pipeline: Pipeline
) -> None:
    channel = await api.create()
    numbers = list(reversed(range(30)))
    await asyncio.gather(*(webhooks.post(channel, message(number)) for number in numbers))
    await pipeline.deliver()
    assert [m.content.text for m in await pipeline.messages()] == [f"n {n}" for n in numbers]
    sequence = [m.ingress_seq for m in await pipeline.messages()]
    assert sequence == sorted(sequence)


async def test_two_queues_that_tell_the_same_messages_at_once_tell_each_once(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, database: Database
) -> None:
    channel = await api.create()
    numbers = list(range(60))
    for event, order in (("message", numbers), ("message.any", numbers[::-1])):
        for number in order:
            await webhooks.post(channel, message(number, event))
    bundles: dict[str, list[bytes]] = {}
    for row in await pipeline.rows("waha.events"):
        bundles.setdefault(row["type"], []).append(row["envelope"])
    pieces = [
        (type_name, envelopes[start : start + 10])
        for type_name, envelopes in bundles.items()
        for start in range(0, 60, 10)
    ]
    await asyncio.gather(*(pipeline.hand_over(*piece) for piece in pieces))
    told = [m.content.text for m in await pipeline.messages()]
    assert sorted(told) == sorted(f"n {number}" for number in numbers)
    async with database.system() as tx:
        assert await tx.fetchval("SELECT count(*) FROM deferred") == 0


async def test_tenants_of_one_bundle_do_not_meet(
    api_of: Callable[..., Api], webhooks: Webhooks, pipeline: Pipeline, database: Database
) -> None:
    tenants = [new_tenant() for _ in range(3)]
    for tenant in tenants:
        channel = await api_of(tenant).create()
        for number in range(3):
            await webhooks.post(channel, message(number))
    await pipeline.deliver()
    told = await pipeline.told()
    assert sorted(str(envelope.tenant_id) for envelope in told) == sorted(
        str(tenant.tenant_id) for tenant in tenants for _ in range(3)
    )
    for tenant in tenants:
        async with database.tenant(tenant.tenant_id) as tx:
            assert await tx.fetchval("SELECT count(*) FROM provider_message") == 3


async def test_every_fixture_goes_through_and_none_ends_as_an_error(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, database: Database
) -> None:
    channel = await api.create()
    paths = sorted(FIXTURES.glob("*.json"))
    for path in paths:
        assert (await webhooks.post(channel, path.read_bytes())).status_code == 200
    assert {envelope.type for envelope in await pipeline.raw()} == {
        f"waha.events.{event}" for event in KNOWN_EVENTS
    }
    await pipeline.deliver()
    assert pipeline.dead == []
    # Six of the seven message fixtures: the group's stays raw.
    assert len(await pipeline.messages()) == 6
    async with database.system() as tx:
        assert await tx.fetchval("SELECT count(*) FROM raw_event") == len(paths)
        assert await tx.fetchval("SELECT count(*) FROM deferred") == 0


async def test_one_that_cannot_be_read_does_not_hold_the_others(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, database: Database
) -> None:
    channel = await api.create()
    for number in range(5):
        changes = {"id": "not an id"} if number == 2 else {}
        await webhooks.post(channel, message(number, **changes))
    raw = await pipeline.raw()
    await pipeline.deliver()
    assert [m.content.text for m in await pipeline.messages()] == ["n 0", "n 1", "n 3", "n 4"]
    [(body, reason)] = pipeline.dead
    assert reason == "message_id_malformed"
    assert frame.decode(body).id == raw[2].id
    async with database.system() as tx:
        assert await tx.fetchval("SELECT count(*) FROM raw_event") == 5


async def test_a_replay_of_what_was_told_changes_nothing(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, database: Database
) -> None:
    channel = await api.create()
    for number in range(4):
        await webhooks.post(channel, message(number))
    first = await pipeline.raw()
    await pipeline.deliver()
    before = await pipeline.told()
    assert await replay(database, wanted_of(ALWAYS, None, None, None, None)) == 4
    again = await pipeline.raw()
    assert [envelope.data for envelope in again] == [envelope.data for envelope in first]
    assert [envelope.sequence for envelope in again] == [envelope.sequence for envelope in first]
    assert not {envelope.id for envelope in again} & {envelope.id for envelope in first}
    await pipeline.deliver()
    assert await pipeline.told() == before


async def test_a_replay_after_a_fix_tells_what_was_missing_once(
    api: Api,
    webhooks: Webhooks,
    pipeline: Pipeline,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = await api.create()
    for number in range(3):
        await webhooks.post(channel, message(number))
    sound = subscribe.parse_message

    def broken(body: Any, received_at: datetime) -> Any:
        if b"n 1" in bytes(body):
            raise UnparsableError("chat_unknown")
        return sound(body, received_at)

    monkeypatch.setattr(subscribe, "parse_message", broken)
    await pipeline.deliver()
    assert len(pipeline.dead) == 1
    monkeypatch.setattr(subscribe, "parse_message", sound)
    for _ in range(2):
        await replay(database, wanted_of(ALWAYS, None, None, None, None))
        await pipeline.deliver()
    assert sorted(m.content.text or "" for m in await pipeline.messages()) == ["n 0", "n 1", "n 2"]
    assert len(pipeline.dead) == 1


async def test_a_dead_letter_put_back_is_told_once(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = await api.create()
    await webhooks.post(channel, message(1, id="broken"))
    await pipeline.deliver()
    [(body, _)] = pipeline.dead
    sound = subscribe.parse_message
    monkeypatch.setattr(
        subscribe, "parse_message", lambda _, received_at: sound(message(1), received_at)
    )
    for _ in range(2):
        await pipeline.hand_over("waha.events.message", [body])
    assert len(await pipeline.messages()) == 1


async def test_a_replay_can_be_narrowed(
    api: Api, webhooks: Webhooks, pipeline: Pipeline, database: Database
) -> None:
    one, two = await api.create(), await api.create(external_id="+554400000009")
    for channel in (one, two):
        for event in ("message", "message.any"):
            await webhooks.post(channel, message(1, event))
    async with database.system() as tx:
        rows = await tx.fetch("SELECT * FROM raw_event ORDER BY seq")
    await pipeline.deliver()

    async def told_again(*narrowed: Any) -> int:
        return await replay(database, wanted_of(*narrowed))

    ids = [rows[0]["id"], rows[3]["id"]]
    assert await told_again(None, None, None, None, ids) == 2
    assert await told_again(ALWAYS, None, [rows[0]["channel_id"]], None, None) == 2
    assert await told_again(ALWAYS, None, None, ["message.any"], None) == 2
    assert await told_again(rows[2]["received_at"], None, None, None, None) == 2
    assert await told_again(ALWAYS, rows[2]["received_at"], None, None, None) == 2
    assert await told_again(utc_now() + timedelta(hours=1), None, None, None, None) == 0
