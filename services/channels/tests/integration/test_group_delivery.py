"""A message on its way into a group: sent once, told once in its chat, in the group's order."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_crypto import Vault
from platform_postgres import Database
from platform_testkit import TestTenant
from proto_events.conversation import ChatMessage, Content, Media
from proto_events.provider_facts import ChannelGroupMessageReceived
from ventros_channels.domain.adapter import NotSent

from ..conftest import Api, Pipeline, Webhooks
from ..desk import GROUP, Desk
from ..provider import LOST

IMAGE = Content(
    type="image", text="Esta", media=Media(status="available", url="https://x.example/1")
)
OWNER = "554400000001@c.us"


@pytest.fixture
async def channel(api: Api) -> dict[str, Any]:
    return await api.create(allow_groups=True)


@pytest.fixture
async def desk(
    channel: dict[str, Any], tenant: TestTenant, database: Database, vault: Vault
) -> Desk:
    desk = Desk(tenant, database, vault, UUID(channel["id"]))
    await desk.never_pause()
    return desk


class Heard:
    """What the outbox says of the group's messages, and of deliveries."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def of(self, kind: str) -> list[dict[str, Any]]:
        found = await self._pipeline.events()
        return [msgspec.json.decode(e.data) for e in found if e.type == f"channel.{kind}.v1"]

    async def told(self) -> list[ChatMessage]:
        posts = await self.of("group_message_received")
        read = [msgspec.convert(one, ChannelGroupMessageReceived) for one in posts]
        assert [one.participant for one in read] == [[]] * len(read)
        return [one.message for one in read]


@pytest.fixture
def heard(pipeline: Pipeline) -> Heard:
    return Heard(pipeline)


def shown(stanza: str, text: str, source: str = "api") -> bytes:
    """WAHA's own telling of a message of ours in the group."""
    payload = {
        "id": f"true_{GROUP}_{stanza}_{OWNER}",
        "timestamp": 4_000_000_000,
        "from": GROUP,
        "fromMe": True,
        "source": source,
        "participant": OWNER,
        "body": text,
        "hasMedia": False,
    }
    return msgspec.json.encode(
        {"id": f"evt_{stanza}", "event": "message.any", "session": "default", "payload": payload}
    )


async def test_a_message_is_sent_into_the_group_and_told_once_under_our_id(
    desk: Desk, heard: Heard, webhooks: Webhooks, pipeline: Pipeline, channel: dict[str, Any]
) -> None:
    event = desk.posted("bom dia a todos")
    await desk.hand_over(event)
    await desk.hand_over(event)
    assert await desk.turn()
    assert not await desk.turn()
    assert [chat for chat, _, _ in desk.provider.taken] == [GROUP]
    assert "reach" not in desk.provider.calls, "a group is where it is"
    await webhooks.post(channel, shown("3EB0R1", "bom dia a todos"))
    await pipeline.deliver()
    (sent,) = await heard.of("message_sent")
    assert (sent["message_id"], sent["chat"]) == (str(event.data.message_id), GROUP)
    (told,) = await heard.told()
    assert (told.id, told.from_me, told.chat, told.party) == (
        event.data.message_id,
        True,
        GROUP,
        [],
    )
    assert await heard.of("message_received") == []


async def test_a_telling_that_comes_first_settles_it_under_our_id(
    desk: Desk, heard: Heard, webhooks: Webhooks, pipeline: Pipeline, channel: dict[str, Any]
) -> None:
    desk.provider.late = [LOST]
    (message_id,) = await desk.post("oi")
    await desk.turn()
    await webhooks.post(channel, shown("3EB0R1", "oi"))
    await pipeline.deliver()
    assert await desk.states() == ["sent"]
    assert [told.id for told in await heard.told()] == [message_id]


async def test_a_telling_during_the_call_waits_and_one_of_the_phone_does_not(
    desk: Desk, heard: Heard, webhooks: Webhooks, pipeline: Pipeline, channel: dict[str, Any]
) -> None:
    desk.provider.gate = asyncio.Event()
    (message_id,) = await desk.post(content=IMAGE)
    turn = asyncio.create_task(desk.turn())
    await asyncio.wait_for(desk.provider.called.wait(), 10)
    await webhooks.post(channel, shown("3EB0S0", "Esta"))
    await webhooks.post(channel, shown("3EB0X1", "outra coisa"))
    await webhooks.post(channel, shown("3EB0P1", "do celular", source="app"))
    await pipeline.deliver()
    assert [told.content.text for told in await heard.told()] == ["do celular"]
    desk.provider.gate.set()
    await asyncio.wait_for(turn, 10)
    told = await heard.told()
    assert sorted(one.stanza for one in told) == ["3EB0P1", "3EB0S0", "3EB0X1"]
    assert {one.stanza: one.id for one in told}["3EB0S0"] == message_id


async def test_a_lost_answer_is_found_in_the_history(desk: Desk, heard: Heard) -> None:
    desk.provider.late = [LOST]
    (message_id,) = await desk.post(content=IMAGE)
    await desk.turn()
    assert await desk.states() == ["unknown"]
    await desk.hurry()
    await desk.turn()
    assert len(desk.provider.taken) == 1
    assert [told.id for told in await heard.told()] == [message_id]


async def test_what_is_for_one_group_keeps_its_order_and_contacts_do_not_wait(desk: Desk) -> None:
    await desk.post("um", "dois")
    await desk.ask("para Ana")
    desk.provider.raises = [NotSent("unavailable", "busy", again=True)]
    for _ in range(2):
        await desk.turn()
    texts = [o.content.text for _, o, _ in desk.provider.taken if o.content]
    assert texts == ["para Ana"]
    for _ in range(3):
        await desk.hurry()
        await desk.turn()
    texts = [o.content.text for _, o, _ in desk.provider.taken if o.content]
    assert texts == ["para Ana", "um", "dois"]


async def test_a_channel_that_records_groups_no_more_sends_nothing_into_them(
    desk: Desk, heard: Heard, api: Api, channel: dict[str, Any]
) -> None:
    await desk.post("oi")
    path = f"/v1/channels/{channel['id']}"
    assert (await api.call("PATCH", path, json={"allow_groups": False})).is_success
    await desk.turn()
    assert desk.provider.taken == []
    (failed,) = await heard.of("message_failed")
    assert (failed["failure"], failed["code"]) == ("unsupported", "groups_not_recorded")
