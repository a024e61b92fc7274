"""Chats: from what channels tells, and from messages, to the API and to what is said."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from platform_bus import Received
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from proto_events.conversation import PartyIdentity
from proto_events.provider_facts import (
    ChannelChatArchived,
    ChannelGroupJoined,
    ChannelGroupLeft,
    ChannelGroupParticipantsChanged,
    ChannelGroupUpdated,
    ChannelLabelChatChanged,
    Participant,
)
from ventros_messaging.events.subscribe import on_message_recorded

GROUP = "120363000000000001@g.us"
BRUNO = Participant(party=[PartyIdentity(kind="lid", value="2@lid")], role="participant")
CARLA = Participant(party=[PartyIdentity(kind="lid", value="3@lid")], role="admin")


class Story:
    """What is told of one chat, each fact after the one before."""

    def __init__(self, conversation: Any, chat: str = GROUP) -> None:
        self._conversation, self._chat = conversation, chat

    def tell(self, kind: Any, **more: Any) -> Received[Any]:
        told: Received[Any] = self._conversation.chat_fact(kind, self._chat, **more)
        return told

    def whole(self) -> list[Received[Any]]:
        """A group from its beginning to its end."""
        return [
            self.tell(
                ChannelGroupJoined, subject="Entregas", description="Dias", participants=[BRUNO]
            ),
            self.tell(ChannelGroupParticipantsChanged, change="join", participants=[CARLA]),
            self.tell(ChannelGroupParticipantsChanged, change="promote", participants=[BRUNO]),
            self.tell(ChannelGroupParticipantsChanged, change="leave", participants=[CARLA]),
            self.tell(ChannelGroupParticipantsChanged, change="demote", participants=[BRUNO]),
            self.tell(ChannelGroupUpdated, subject="Entregas de abril"),
            self.tell(ChannelLabelChatChanged, label_id="7", labelled=True),
            self.tell(ChannelLabelChatChanged, label_id="8", labelled=True),
            self.tell(ChannelLabelChatChanged, label_id="8", labelled=False),
            self.tell(ChannelChatArchived, archived=True),
            self.tell(ChannelChatArchived, archived=False),
        ]


async def only(api: Any) -> dict[str, Any]:
    [listed] = (await api.get("/v1/chats")).json()["items"]
    answer = await api.get(f"/v1/chats/{listed['id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert {name: found[name] for name in listed} == listed
    return found


async def test_a_group_is_shown_as_it_was_told(
    conversation: Any, hear_chats: Any, api: Any, said: Any
) -> None:
    story = Story(conversation)
    await hear_chats(*story.whole())
    shown = await only(api)
    assert (shown["chat_type"], shown["external_id"]) == ("group", GROUP)
    assert (shown["subject"], shown["description"]) == ("Entregas de abril", "Dias")
    assert (shown["status"], shown["labels"], shown["contact_id"]) == ("active", ["7"], None)
    [bruno] = shown["participants"]
    assert bruno["addresses"] == [{"kind": "lid", "value": "2@lid"}]
    assert (bruno["is_admin"], shown["participant_count"]) == (False, 1)
    told = await said(conversation.tenant)
    assert [type_name.removesuffix(".v1") for type_name, *_ in told] == [
        "chat.created",
        "chat.subject_updated",
        "chat.description_updated",
        "chat.participant_added",
        "chat.participant_added",
        "chat.participant_promoted",
        "chat.participant_promoted",
        "chat.participant_removed",
        "chat.participant_demoted",
        "chat.subject_updated",
        "chat.label_added",
        "chat.label_added",
        "chat.label_removed",
        "chat.archived",
        "chat.unarchived",
    ]
    assert [sequence for _, sequence, _ in told] == list(range(1, len(told) + 1))
    assert shown["version"] == len(told)
    await hear_chats(story.tell(ChannelGroupLeft))
    assert (await only(api))["status"] == "closed"


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_shows_the_same(
    conversation: Any, hear_chats: Any, api_of: Callable[..., Any], seed: int
) -> None:
    shuffle = random.Random(seed)
    shown = []
    for each in (conversation, type(conversation)(new_tenant())):
        facts = Story(each).whole()
        if shown:
            facts += facts[:3]
            shuffle.shuffle(facts)
        for fact in facts:
            await hear_chats(fact)
        found = await only(api_of(each.tenant))
        for name in ("id", "channel_id", "created_at", "updated_at", "version"):
            found.pop(name)
        for participant in found["participants"]:
            participant.pop("id")
        shown.append(found)
    assert shown[0] == shown[1]


async def test_a_message_makes_its_chat_once(
    conversation: Any, store: Any, api: Any, said: Any
) -> None:
    for _ in range(3):
        await store(conversation.told(), conversation.told())
    shown = await only(api)
    assert (shown["chat_type"], shown["external_id"]) == ("individual", "5511999990000@c.us")
    assert shown["contact_id"] == str(conversation.contact_id)
    told = [type_name for type_name, *_ in await said(conversation.tenant)]
    assert told.count("chat.created.v1") == 1


async def test_a_chat_that_was_undone_is_made_by_the_next_message(
    conversation: Any, store: Any, api: Any, database: Database
) -> None:
    """What a transaction made and took back is not remembered."""

    class UndoneError(Exception):
        """The transaction fails after its work."""

    async def undone() -> None:
        tenant_id = conversation.tenant.tenant_id
        async with database.tenant(tenant_id) as tx:
            await on_message_recorded(tx, tenant_id, [conversation.told()])
            raise UndoneError

    with pytest.raises(UndoneError):
        await undone()
    await store(conversation.told())
    assert (await only(api))["chat_type"] == "individual"


async def test_lists_are_paged_and_narrowed(
    conversation: Any, hear_chats: Any, store: Any, api: Any
) -> None:
    await store(conversation.told())
    for number in range(4):
        story = Story(conversation, f"12036300000000000{number}@g.us")
        await hear_chats(story.tell(ChannelChatArchived, archived=number % 2 == 0))

    async def ids(**query: object) -> list[str]:
        items: list[str] = []
        while True:
            page = (await api.get("/v1/chats", limit=2, **query)).json()
            items += [item["external_id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]

    groups = [f"12036300000000000{number}@g.us" for number in (3, 2, 1, 0)]
    assert await ids() == [*groups, "5511999990000@c.us"]
    assert await ids(chat_type="group") == groups
    assert await ids(status="archived") == [groups[1], groups[3]]
    assert await ids(channel_id=conversation.channel_id) == [*groups, "5511999990000@c.us"]
    assert await ids(channel_id=new_id()) == []


async def test_nobody_sees_the_chats_of_another_tenant_or_project(
    conversation: Any, hear_chats: Any, api: Any, api_of: Callable[[TestTenant], Any]
) -> None:
    """Also when two tenants have a chat at the same address of the same channel."""
    other = type(conversation)(new_tenant())
    other.channel_id = conversation.channel_id
    await hear_chats(Story(conversation).tell(ChannelGroupUpdated, subject="ours"))
    await hear_chats(Story(other).tell(ChannelGroupUpdated, subject="theirs"))
    shown = await only(api)
    assert shown["subject"] == "ours"
    neighbour = TestTenant(tenant_id=conversation.tenant.tenant_id, project_id=new_id())
    for tenant in (other.tenant, neighbour):
        answer = await api_of(tenant).get(f"/v1/chats/{shown['id']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "chat_not_found")
    assert (await api_of(neighbour).get("/v1/chats")).json()["items"] == []
