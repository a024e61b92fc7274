"""A message on its way out: sent once, told once, in order, whatever the provider answers."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events.channels import ChannelMessageReceived
from proto_events.conversation import ChatMessage, Content, Media
from ventros_channels.delivery import turn
from ventros_channels.delivery.loop import DeliveryPart
from ventros_channels.domain.adapter import FateUnknown, NotSent
from ventros_channels.store import media_jobs, senders

from ..conftest import Api, Pipeline, Webhooks, changed, fixture
from ..desk import CHAT, HOLD, Desk
from ..provider import LOST

OTHER_CHAT = "554400000009@s.whatsapp.net"
THIRD_CHAT = "554400000010@s.whatsapp.net"
FOURTH_CHAT = "554400000011@s.whatsapp.net"
AWAY = NotSent("unavailable", "away", again=True, everywhere=True)
IMAGE = Content(
    type="image", text="Esta", media=Media(status="available", url="https://x.example/1")
)


class Said:
    """What the outbox holds of a channel's messages."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def of(self, kind: str) -> list[dict[str, Any]]:
        found = await self._pipeline.events()
        return [
            msgspec.json.decode(e.data) for e in found if e.type == f"channel.message_{kind}.v1"
        ]

    async def told(self) -> list[ChatMessage]:
        return [
            msgspec.json.decode(envelope.data, type=ChannelMessageReceived).message
            for envelope in await self._pipeline.told()
        ]


@pytest.fixture
async def channel(api: Api) -> dict[str, Any]:
    return await api.create()


@pytest.fixture
async def desk(
    channel: dict[str, Any], tenant: TestTenant, database: Database, vault: Vault
) -> Desk:
    desk = Desk(tenant, database, vault, UUID(channel["id"]))
    await desk.never_pause()
    return desk


@pytest.fixture
def said(pipeline: Pipeline) -> Said:
    return Said(pipeline)


async def test_a_message_is_sent_and_told_once_under_our_id(desk: Desk, said: Said) -> None:
    event = desk.asked("oi")
    message_id = event.data.message_id
    await desk.hand_over(event)
    await desk.hand_over(event)
    assert await desk.turn()
    assert not await desk.turn()
    assert [chat for chat, _, _ in desk.provider.taken] == [CHAT]
    (sent,) = await said.of("sent")
    assert (sent["message_id"], sent["stanza"]) == (str(message_id), "3EB0R1")
    (told,) = await said.told()
    assert told.id == message_id
    assert told.from_me
    assert told.content.text == "oi"
    assert told.ingress_seq > 0
    assert await desk.states() == ["sent"]


async def test_messages_of_a_contact_keep_their_order_and_others_do_not_wait(desk: Desk) -> None:
    await desk.ask("um", "dois")
    await desk.ask("outra", chat=OTHER_CHAT)
    desk.provider.raises = [NotSent("unavailable", "busy", again=True)]
    for _ in range(2):
        await desk.turn()
    assert [o.content.text for _, o, _ in desk.provider.taken if o.content] == ["outra"]
    for _ in range(3):
        await desk.hurry()
        await desk.turn()
    texts = [o.content.text for _, o, _ in desk.provider.taken if o.content]
    assert texts == ["outra", "um", "dois"]


async def test_a_turn_sends_what_is_due_one_after_the_other_and_ends_when_it_was_long(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "LONG", 60.0)
    await desk.ask("um")
    await desk.ask("outra", chat=OTHER_CHAT)
    await desk.turn()
    assert await desk.states() == ["sent", "sent"]
    monkeypatch.setattr(turn, "LONG", -1.0)
    await desk.ask("dois", chat=THIRD_CHAT)
    await desk.ask("três", chat=FOURTH_CHAT)
    await desk.hurry()
    await desk.turn()
    assert await desk.states() == ["sent", "sent", "sent", "queued"]


async def test_a_channel_that_is_down_rests_and_sends_in_order_when_it_is_back(
    desk: Desk, said: Said
) -> None:
    await desk.ask("um", "dois")
    await desk.ask("outra", chat=OTHER_CHAT)
    desk.provider.raises = [AWAY, AWAY]
    assert await desk.turn()
    assert not await desk.turn(), "nothing of the channel is tried while it rests"
    due = await desk.due()
    assert due is not None
    assert due > utc_now()
    await desk.hurry()
    await desk.turn()
    for _ in range(4):
        await desk.hurry()
        await desk.turn()
    texts = [o.content.text for _, o, _ in desk.provider.taken if o.content]
    assert sorted(texts, key=str) == ["dois", "outra", "um"]
    assert texts.index("um") < texts.index("dois")
    assert await said.of("failed") == []


async def test_what_expires_or_is_refused_fails_with_its_reason(desk: Desk, said: Said) -> None:
    await desk.ask(expires_at=utc_now() - timedelta(seconds=1))
    await desk.turn()
    desk.provider.raises = [NotSent("rejected", "WAHA refused the message (400).", code="400")]
    await desk.ask()
    await desk.turn()
    await desk.hand_over(desk.asked(channel_id=new_id()))
    failed = await said.of("failed")
    assert [(one["failure"], one["code"]) for one in failed] == [
        ("expired", None),
        ("rejected", "400"),
        ("unavailable", "channel_inactive"),
    ]
    assert desk.provider.taken == []


async def test_under_a_reserved_id_a_lost_answer_is_asked_for_again(desk: Desk, said: Said) -> None:
    desk.provider.late = [LOST]
    await desk.ask()
    await desk.turn()
    assert await desk.states() == ["queued"]
    await desk.hurry()
    await desk.turn()
    assert desk.provider.calls.count("send") == 2
    assert len(desk.provider.taken) == 1
    assert len(await said.of("sent")) == 1
    assert len(await said.told()) == 1


async def test_without_one_it_is_looked_for_and_never_sent_again(desk: Desk, said: Said) -> None:
    desk.provider.late = [LOST]
    await desk.ask(content=IMAGE)
    await desk.turn()
    assert await desk.states() == ["unknown"]
    await desk.hurry()
    await desk.turn()
    assert desk.provider.calls.count("send") == 1
    assert await desk.states() == ["sent"]
    assert len(await said.told()) == 1


async def test_what_the_history_does_not_show_is_failed_as_unknown(desk: Desk, said: Said) -> None:
    desk.provider.raises = [LOST]
    await desk.ask(content=IMAGE)
    for _ in range(2):
        await desk.turn()
        await desk.hurry()
    assert await desk.states() == ["unknown"]
    await desk.age(61)
    await desk.turn()
    assert [one["failure"] for one in await said.of("failed")] == ["unknown"]
    assert desk.provider.calls.count("send") == 1


@pytest.mark.parametrize("content", [IMAGE, Content(type="text", text="oi")])
async def test_a_worker_that_dies_in_the_call_leaves_no_second_message(
    desk: Desk, said: Said, content: Content
) -> None:
    desk.provider.gate = asyncio.Event()
    await desk.ask(content=content)
    holder = new_id()
    (turn,) = await desk.begin(holder)
    dying = asyncio.create_task(desk.turns(holder).do(turn))
    async with asyncio.timeout(10):
        await desk.provider.called.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await desk.states() == ["claimed"]
    assert not await desk.turn(), "another waits until the holder is gone for certain"
    desk.provider.gate.set()
    await desk.hurry()
    await desk.turn()
    assert len(desk.provider.taken) == 1
    assert len(await said.of("sent")) == 1
    assert len(await said.told()) == 1


async def test_a_worker_that_lost_its_turn_claims_nothing(desk: Desk) -> None:
    await desk.ask()
    holder = new_id()
    (turn,) = await desk.begin(holder)
    await desk.hurry()
    assert await desk.turn()
    await desk.turns(holder).do(turn)
    assert len(desk.provider.taken) == 1


async def test_a_pause_ends_with_the_process_and_nothing_is_claimed(
    desk: Desk, database: Database, tenant: TestTenant
) -> None:
    async with database.tenant(tenant.tenant_id) as tx:
        await tx.execute("UPDATE channel SET pacing = true")
    stop = asyncio.Event()
    stop.set()
    await desk.ask("x" * 1000)
    await desk.turn(stop)
    assert desk.provider.calls == ["reach", "typing", "still"]
    assert await desk.states() == ["queued"]


async def test_the_loop_sends_what_is_asked_for_and_stops(
    desk: Desk, database: Database, vault: Vault, eventually: Any
) -> None:
    part = DeliveryPart(database, vault, {desk.provider.type: desk.provider}, Bell())
    await part.start()
    await desk.ask("um", "dois", "três")

    async def all_sent() -> bool:
        return await desk.states() == ["sent"] * 3

    await eventually(all_sent, timeout=20)
    await part.stop()
    assert part.alive
    texts = [o.content.text for _, o, _ in desk.provider.taken if o.content]
    assert texts == ["um", "dois", "três"]


def echo(stanza: str, text: str) -> bytes:
    """WAHA's webhook of a message that our side wrote by its API."""
    return changed(
        fixture("message"),
        event_id=f"evt_{new_id()}",
        id=f"true_554400000002@c.us_{stanza}",
        fromMe=True,
        source="api",
        body=text,
        _data={},
        timestamp=int(utc_now().timestamp()),
        hasMedia=False,
        media=None,
    )


async def test_the_telling_of_our_own_message_is_no_second_one(
    desk: Desk, said: Said, webhooks: Webhooks, pipeline: Pipeline, channel: dict[str, Any]
) -> None:
    await desk.ask("oi")
    await desk.turn()
    assert (await webhooks.post(channel, echo("3EB0R1", "oi"))).status_code == 200
    await pipeline.deliver()
    assert len(await said.told()) == 1


async def test_a_telling_under_the_reserved_id_settles_what_is_not_known(
    desk: Desk, said: Said, webhooks: Webhooks, pipeline: Pipeline, channel: dict[str, Any]
) -> None:
    desk.provider.late = [LOST]
    (message_id,) = await desk.ask("oi")
    await desk.turn()
    await webhooks.post(channel, echo("3EB0R1", "oi"))
    await pipeline.deliver()
    assert await desk.states() == ["sent"]
    assert [one.id for one in await said.told()] == [message_id]
    assert len(await said.of("sent")) == 1


async def wanted(database: Database) -> list[UUID]:
    """The messages of which files are to be fetched."""
    async with database.system() as tx:
        jobs = await media_jobs.take(tx, new_id(), timedelta(minutes=1), 10, per_channel=10)
    return [job.message_id for job in jobs]


async def test_a_telling_during_the_call_waits_for_it(
    desk: Desk,
    said: Said,
    webhooks: Webhooks,
    pipeline: Pipeline,
    channel: dict[str, Any],
    database: Database,
) -> None:
    desk.provider.gate = asyncio.Event()
    (message_id,) = await desk.ask(content=IMAGE)
    turn = asyncio.create_task(desk.turn())
    async with asyncio.timeout(10):
        await desk.provider.called.wait()
    await webhooks.post(channel, echo("3EB0S0", "Esta"))
    foreign = msgspec.json.decode(echo("3EB0FOREIGN", "de outro programa"))
    media = {"url": "https://waha.example/1.pdf", "mimetype": "application/pdf"}
    foreign["payload"] |= {"hasMedia": True, "media": media}
    await webhooks.post(channel, msgspec.json.encode(foreign))
    await pipeline.deliver()
    assert await said.told() == []
    desk.provider.gate.set()
    await turn
    told = await said.told()
    assert {one.stanza for one in told} == {"3EB0S0", "3EB0FOREIGN"}
    assert {one.id for one in told if one.stanza == "3EB0S0"} == {message_id}
    # The file of what was held back is fetched like any other; ours is here.
    assert await wanted(database) == [one.id for one in told if one.stanza == "3EB0FOREIGN"]


async def test_a_message_that_was_given_up_is_found_by_its_telling(
    desk: Desk, said: Said, webhooks: Webhooks, pipeline: Pipeline, channel: dict[str, Any]
) -> None:
    desk.provider.shows_history = False
    desk.provider.late = [FateUnknown("timed_out")]
    text = Content(type="document", text="o orçamento", media=IMAGE.media)
    (message_id,) = await desk.ask(content=text)
    await desk.turn()
    await desk.hurry()
    await desk.age(61)
    await desk.turn()
    assert len(await said.of("failed")) == 1
    media = {"url": "https://waha.example/1.pdf", "mimetype": "application/pdf"}
    webhook = msgspec.json.decode(echo("3EB0LATE", "o orçamento"))
    webhook["payload"] |= {"hasMedia": True, "media": media}
    await webhooks.post(channel, msgspec.json.encode(webhook))
    await pipeline.deliver()
    assert [one.id for one in await said.told()] == [message_id]
    assert len(await said.of("sent")) == 1


async def test_whether_a_channel_paces_is_said_at_the_api(
    api: Api, channel: dict[str, Any]
) -> None:
    assert channel["pacing"] is True
    path = f"/v1/channels/{channel['id']}"
    changed_channel = (await api.call("PATCH", path, json={"pacing": False})).json()
    assert changed_channel["pacing"] is False
    assert (await api.call("GET", path)).json()["pacing"] is False


async def test_a_tenant_with_many_channels_does_not_keep_others_waiting(
    api_of: Any, database: Database, vault: Vault
) -> None:
    busy, quiet = new_tenant(), new_tenant()
    desks = []
    for tenant, count in ((busy, 3), (quiet, 1)):
        for number in range(count):
            made = await api_of(tenant).create(external_id=str(number))
            desks.append(Desk(tenant, database, vault, UUID(made["id"])))
            await desks[-1].ask()
    taken = []
    for _ in range(4):
        # Each look is a transaction of its own: what is held counts against its tenant.
        taken += await senders.take(database, new_id(), HOLD, 1)
    turns = [turn.tenant_id for turn in taken]
    assert turns.index(quiet.tenant_id) <= 1
    assert len(turns) == 4
