"""Messages of groups: stored in their chat, found there, with what became of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from platform_bus import Received
from platform_core.ids import id_at
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from platform_testkit.golden import Golden
from proto_events.conversation import ChatMessage, Content, PartyIdentity
from proto_events.provider_facts import (
    AckStatus,
    ChannelGroupMessageReceived,
    ChannelMessageAck,
    ChannelMessageReaction,
    MessageRef,
    Somebody,
)
from ventros_messaging.events.posts import on_group_message
from ventros_messaging.indexing import Indexer

GROUP = "120363024512399999@g.us"
POSTED = "channel.group_message_received.v1"
BIA = [
    PartyIdentity(kind="lid", value="81@lid"),
    PartyIdentity(kind="phone", value="+5511988880001"),
]
CAIO = [PartyIdentity(kind="phone", value="+5511988880002")]
BIA_ADDRESSES = [
    {"kind": "lid", "value": "81@lid"},
    {"kind": "phone", "value": "+5511988880001"},
]


class Group:
    """A group of a conversation's channel; every message is newer than the one before."""

    def __init__(self, conversation: Any) -> None:
        self.conversation = conversation
        self._told = 0

    def told(
        self, text: str, by: list[PartyIdentity] | None = None, name: str | None = None
    ) -> Received[ChannelGroupMessageReceived]:
        """The next message; of nobody else it is ours."""
        self._told += 1
        place, at = self.conversation, self.conversation.told().data.message.occurred_at
        stanza = f"GROUP{self._told:04}"
        message = ChatMessage(
            id=id_at(at, str(place.channel_id), stanza),
            channel_id=place.channel_id,
            channel_type="waha",
            provider_message_id=f"{str(by is None).lower()}_{GROUP}_{stanza}",
            stanza=stanza,
            chat=GROUP,
            from_me=by is None,
            party=by or [],
            push_name=name,
            occurred_at=at,
            received_at=at + timedelta(seconds=1),
            ingress_seq=self._told,
            content=Content(type="text", text=text),
        )
        data = ChannelGroupMessageReceived(message=message, participant=by or [])
        return Received(place.envelope(data, POSTED, place.channel_id), data)

    def ack(
        self, message: Any, status: AckStatus, by: list[PartyIdentity], second: int
    ) -> Received[ChannelMessageAck]:
        """A member's acknowledgement of a message of ours."""
        told, place = message.data.message, self.conversation
        data = ChannelMessageAck(
            channel_id=place.channel_id,
            received_at=told.received_at,
            ingress_seq=second,
            message=MessageRef(chat=GROUP, stanza=told.stanza, from_me=True),
            status=status,
            recipient=by,
            acknowledged_at=told.occurred_at + timedelta(seconds=second),
        )
        kind = "channel.message_ack.v1"
        return Received(place.envelope(data, kind, place.channel_id), data)


@pytest.fixture
def group(conversation: Any) -> Group:
    """A group of this test's own tenant."""
    return Group(conversation)


@pytest.fixture
def post(database: Database) -> Callable[..., Any]:
    """`await post(told, ...)`: handle messages of groups of one tenant as the consumer does."""

    async def handle(*told: Received[Any]) -> None:
        tenant_id = told[0].envelope.tenant_id
        async with database.tenant(tenant_id) as tx:
            await on_group_message(tx, tenant_id, told)

    return handle


async def chat_of(api: Any) -> str:
    [chat] = (await api.get("/v1/chats", chat_type="group")).json()["items"]
    assert chat["external_id"] == GROUP
    found: str = chat["id"]
    return found


def texts(page: Any) -> list[str]:
    return [item["content"]["text"] for item in page["items"]]


async def test_a_conversation_of_a_group_is_in_its_chat_and_nowhere_else(
    group: Group, post: Any, store: Any, api: Any, said: Any, tenant: TestTenant
) -> None:
    first, second = group.told("bom dia", BIA, "Bia"), group.told("oi", CAIO, "Caio")
    ours = group.told("bom dia a todos")
    contact = group.conversation.told()
    await store(contact)
    await post(second, ours)
    await post(first, second)
    chat = await chat_of(api)
    items = (await api.get(f"/v1/chats/{chat}/messages")).json()["items"]
    assert [item["content"]["text"] for item in items] == ["bom dia", "oi", "bom dia a todos"]
    assert [item["author"]["name"] for item in items] == ["Bia", "Caio", None]
    assert items[0]["author"]["addresses"] == BIA_ADDRESSES
    assert [item["from_me"] for item in items] == [False, False, True]
    assert {(item["contact_id"], item["session_id"], item["chat_id"]) for item in items} == {
        (None, None, chat)
    }
    listed = await api.messages(session_id=group.conversation.session_id)
    assert [item["id"] for item in listed] == [str(contact.data.message.id)]
    assert (await api.get(f"/v1/messages/{items[0]['id']}")).status_code == 404
    one = await api.get(f"/v1/chats/{chat}/messages/{items[0]['id']}")
    assert (one.status_code, one.json()) == (200, items[0])
    posted = [data for kind, _, data in await said(tenant) if kind == "message.posted.v1"]
    assert [each["content"]["text"] for each in posted] == ["oi", "bom dia a todos", "bom dia"]
    assert {each["chat_id"] for each in posted} == {chat}
    assert [kind for kind, _, _ in await said(tenant)].count("message.created.v1") == 1


async def test_pages_of_a_group_lead_both_ways_and_around_a_message(
    group: Group, post: Any, api: Any
) -> None:
    told = [group.told(f"linha {number}", BIA) for number in range(7)]
    await post(*told)
    path = f"/v1/chats/{await chat_of(api)}/messages"
    first = (await api.get(path, limit=3)).json()
    second = (await api.get(path, limit=3, cursor=first["next_cursor"])).json()
    back = (await api.get(path, limit=3, order="desc", cursor=second["previous_cursor"])).json()
    assert texts(back) == texts(first)[::-1]
    middle = (await api.get(path, limit=3, around=told[3].data.message.id)).json()
    assert texts(middle) == ["linha 2", "linha 3", "linha 4"]
    beyond = (await api.get(path, cursor=middle["next_cursor"])).json()
    assert texts(beyond) == ["linha 5", "linha 6"]


async def test_a_search_in_a_chat_finds_its_own_words_alone(
    group: Group, post: Any, store: Any, api: Any, database: Database
) -> None:
    await post(group.told("a entrega é na quinta", BIA), group.told("combinado", CAIO))
    await store(group.conversation.told(content=Content(type="text", text="entrega paga")))
    await Indexer(database).run_once()
    path = f"/v1/chats/{await chat_of(api)}/messages"
    assert texts((await api.get(path, q="entrega")).json()) == ["a entrega é na quinta"]
    [person] = (await api.get("/v1/chats", chat_type="individual")).json()["items"]
    found = (await api.get(f"/v1/chats/{person['id']}/messages", q="entrega")).json()
    assert texts(found) == ["entrega paga"]
    assert found["items"][0]["contact_id"] == str(group.conversation.contact_id)
    assert texts((await api.get("/v1/messages", q="entrega")).json()) == ["entrega paga"]


async def test_each_member_of_a_group_has_a_status_of_their_own(
    group: Group, post: Any, hear: Any, api: Any
) -> None:
    ours = group.told("promoção hoje")
    lid, phone = BIA
    # One comes before its message, and the first two know Bia by an address each.
    await hear(group.ack(ours, "delivered", [lid], 5))
    await post(ours)
    await hear(group.ack(ours, "read", [phone], 9), group.ack(ours, "delivered", CAIO, 7))
    path = f"/v1/chats/{await chat_of(api)}/messages/{ours.data.message.id}"
    assert len((await api.get(f"{path}/recipients")).json()["items"]) == 3
    await hear(group.ack(ours, "delivered", [lid, phone], 6))
    items = (await api.get(f"{path}/recipients")).json()["items"]
    assert [(item["status"], item["addresses"]) for item in items] == [
        ("read", BIA_ADDRESSES),
        ("delivered", [{"kind": "phone", "value": "+5511988880002"}]),
    ]
    at = ours.data.message.occurred_at
    assert items[0]["delivered_at"] == (at + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = (await api.get(f"{path}/recipients", limit=1)).json()
    rest = (await api.get(f"{path}/recipients", cursor=first["next_cursor"])).json()
    assert [*first["items"], *rest["items"]] == items
    assert (await api.get(path)).json()["status"] == "read"


async def test_two_members_react_each_for_themselves(
    group: Group, post: Any, hear: Any, api: Any
) -> None:
    asked = group.told("quem vem?", BIA, "Bia")
    await post(asked)
    told = asked.data.message
    for number, party in enumerate((BIA, CAIO)):
        data = ChannelMessageReaction(
            channel_id=told.channel_id,
            received_at=told.received_at,
            ingress_seq=number,
            message=MessageRef(chat=GROUP, stanza=told.stanza),
            by=Somebody(from_me=False, party=party),
            emoji="👍",
            reacted_at=told.received_at,
        )
        place = group.conversation
        kind = "channel.message_reaction.v1"
        await hear(Received(place.envelope(data, kind, place.channel_id), data))
    shown = (await api.get(f"/v1/chats/{await chat_of(api)}/messages/{told.id}")).json()
    assert len(shown["reactions"]) == 2


async def test_the_event_of_a_group_message_is_as_kept(
    group: Group, post: Any, database: Database, golden: Golden, tenant: TestTenant
) -> None:
    await post(group.told("bom dia", BIA, "Bia"), group.told("bom dia a todos"))
    async with database.tenant(tenant.tenant_id) as tx:
        rows = await tx.fetch("SELECT envelope FROM outbox WHERE type LIKE 'message.%'")
    golden.check("messaging", [row["envelope"] for row in rows])


async def test_nobody_reads_a_group_of_another(
    group: Group, post: Any, api: Any, api_of: Callable[[TestTenant], Any]
) -> None:
    ours = group.told("nosso")
    await post(ours)
    chat = await chat_of(api)
    message = ours.data.message.id
    stranger = api_of(new_tenant())
    for path in ("", f"/{message}", f"/{message}/recipients"):
        assert (await api.get(f"/v1/chats/{chat}/messages{path}")).status_code == 200
        assert (await stranger.get(f"/v1/chats/{chat}/messages{path}")).status_code == 404
    assert (await api.get(f"/v1/chats/{chat}/messages", around=chat)).status_code == 404
