"""Asking for a message to be sent into a chat: of a group, or to whoever writes in it."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import Received
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import new_tenant
from platform_testkit.golden import Golden
from proto_events.channels import ChannelCapabilities, ChannelCreated
from proto_events.conversation import PartyIdentity
from proto_events.provider_facts import ChannelGroupJoined, ChannelGroupLeft, Participant
from proto_events.sending import ChannelMessageSent
from ventros_messaging.events.posts import on_group_message
from ventros_messaging.events.sending import on_channel, on_fate

from .test_posts import BIA, GROUP, Group

REQUESTED: Final = "message.post_requested.v1"
ANA: Final = "+5511999990000"
TEXT: Final = {"type": "text", "text": "oi"}


class Desk:
    """An agent, a channel with a group, and channels' answers."""

    def __init__(
        self, client: httpx.AsyncClient, headers: dict[str, str], database: Database, talk: Any
    ) -> None:
        self.talk, self.group = talk, Group(talk)
        self._client, self._headers, self._database = client, headers, database
        self.tenant_id = talk.tenant.tenant_id

    async def hear(self, handle: Any, *told: Received[Any]) -> None:
        async with self._database.tenant(self.tenant_id) as tx:
            await handle(tx, self.tenant_id, told)

    async def channel(self, *, groups: bool | None = True, version: int = 1) -> None:
        data = ChannelCreated(
            channel_id=self.talk.channel_id,
            name="Loja",
            type="waha",
            status="active",
            external_id="1",
            capabilities=ChannelCapabilities(sends=["text"], text_limit=60, groups=groups),
            created_at=utc_now(),
        )
        kind = "channel.created.v1"
        envelope = self.talk.envelope(data, kind, self.talk.channel_id, version)
        await self.hear(on_channel, Received(envelope, data))

    async def open(self) -> Any:
        """The group, in which somebody wrote; answers with that message."""
        told = self.group.told("bom dia", BIA, "Bia")
        await self.hear(on_group_message, told)
        return told.data.message

    async def chat(self, kind: str = "group") -> str:
        answer = await self.get("/v1/chats", chat_type=kind)
        found: str = answer.json()["items"][0]["id"]
        return found

    async def send(self, **body: Any) -> httpx.Response:
        return await self._client.post(
            "/v1/messages",
            content=msgspec.json.encode({"content": TEXT, **body}),
            headers={
                **self._headers,
                "Idempotency-Key": str(new_id()),
                "Content-Type": "application/json",
            },
        )

    async def get(self, path: str, **query: str) -> httpx.Response:
        return await self._client.get(path, params=query, headers=self._headers)

    async def sent(self, message_id: str, stanza: str) -> None:
        """Channels says that the provider has it, and tells it as every message of the group."""
        data = ChannelMessageSent(
            message_id=UUID(message_id),
            channel_id=self.talk.channel_id,
            provider_message_id=f"true_{GROUP}_{stanza}",
            stanza=stanza,
            chat=GROUP,
            sent_at=utc_now(),
        )
        envelope = self.talk.envelope(data, "channel.message_sent.v1", self.talk.channel_id)
        await self.hear(on_fate, Received(envelope, data))
        told = self.group.told("oi")
        message = msgspec.structs.replace(
            told.data.message, id=UUID(message_id), stanza=stanza, source="api"
        )
        posted = msgspec.structs.replace(told.data, message=message)
        await self.hear(on_group_message, Received(told.envelope, posted))


@pytest.fixture
def desk_of(
    client: httpx.AsyncClient, internal_tokens: InternalTokens, database: Database
) -> Callable[[Any], Desk]:
    def make(talk: Any) -> Desk:
        headers = internal_tokens.header(talk.tenant.tenant_id, talk.tenant.project_id)
        return Desk(client, headers, database, talk)

    return make


@pytest.fixture
async def desk(desk_of: Callable[[Any], Desk], conversation: Any) -> Desk:
    desk = desk_of(conversation)
    await desk.channel()
    return desk


async def test_a_message_goes_into_the_group_and_is_one_of_its_chat_once_sent(
    desk: Desk, database: Database, golden: Golden, said: Any
) -> None:
    theirs = await desk.open()
    chat = await desk.chat()
    answer = await desk.send(chat_id=chat, reply_to=str(theirs.id), mentions=["+5511988880001"])
    assert answer.status_code == 202, answer.text
    queued = answer.json()
    assert (queued["contact_id"], queued["chat_id"]) == (None, chat)
    async with database.tenant(desk.tenant_id) as tx:
        rows = await tx.fetch("SELECT envelope FROM outbox WHERE type = $1", REQUESTED)
    golden.check("messaging", [row["envelope"] for row in rows])
    [(_, _, asked)] = [one for one in await said(desk.talk.tenant) if one[0] == REQUESTED]
    assert (asked["chat"], asked["chat_id"]) == (GROUP, chat)
    assert asked["outbound"]["reply_to_id"] == theirs.provider_message_id
    listed = (await desk.get("/v1/outgoing-messages", chat_id=chat)).json()["items"]
    assert [one["id"] for one in listed] == [queued["id"]]
    other = (await desk.get("/v1/outgoing-messages", chat_id=str(new_id()))).json()["items"]
    assert other == []
    await desk.sent(queued["id"], "3EB0AB")
    shown = (await desk.get(f"/v1/chats/{chat}/messages")).json()["items"]
    assert [(one["from_me"], one["source"]) for one in shown if one["id"] == queued["id"]] == [
        (True, "manual")
    ]
    kinds = [kind for kind, _, _ in await said(desk.talk.tenant)]
    assert kinds.count("message.sent.v1") == 1
    assert kinds.count("message.posted.v1") == 2


async def test_into_a_chat_of_two_it_goes_to_its_contact(desk: Desk, store: Any, said: Any) -> None:
    await store(desk.talk.told())
    answer = await desk.send(chat_id=await desk.chat("individual"))
    assert answer.status_code == 202, answer.text
    assert answer.json()["contact_id"] == str(desk.talk.contact_id)
    assert answer.json()["chat_id"] is None
    kinds = [kind for kind, _, _ in await said(desk.talk.tenant)]
    assert kinds.count("message.send_requested.v1") == 1


async def test_what_cannot_be_sent_into_a_chat_is_said_at_once(
    desk: Desk, desk_of: Callable[[Any], Desk], store: Any, hear_chats: Any, said: Any
) -> None:
    await desk.open()
    aside = desk.talk.told()
    await store(aside)
    chat = await desk.chat()
    await hear_chats(desk.talk.chat_fact(ChannelGroupLeft, "120363000000000077@newsletter"))
    contact = str(desk.talk.contact_id)
    refusals: list[tuple[dict[str, Any], int, str]] = [
        ({}, 422, "missing_recipient"),
        ({"chat_id": chat, "contact_id": contact}, 422, "missing_recipient"),
        ({"chat_id": str(new_id())}, 422, "chat_unknown"),
        ({"chat_id": await desk.chat("channel")}, 422, "chat_unsupported"),
        ({"chat_id": chat, "channel_id": str(new_id())}, 422, "channel_unknown"),
        ({"chat_id": chat, "reply_to": str(aside.data.message.id)}, 422, "reply_unknown"),
        ({"chat_id": chat, "content": {"type": "text", "text": "x" * 61}}, 422, "text_too_long"),
        (
            {"chat_id": chat, "content": {"type": "location", "latitude": 1, "longitude": 1}},
            422,
            "content_unsupported",
        ),
    ]
    for body, status, code in refusals:
        answer = await desk.send(**body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    stranger = desk_of(type(desk.talk)(new_tenant()))
    answer = await stranger.send(chat_id=chat)
    assert (answer.status_code, answer.json()["code"]) == (422, "chat_unknown")
    await desk.channel(groups=False, version=2)
    answer = await desk.send(chat_id=chat)
    assert (answer.status_code, answer.json()["code"]) == (409, "groups_not_recorded")
    await desk.channel(groups=None, version=3)
    me = Participant(party=[PartyIdentity(kind="lid", value="9@lid")], role="participant", me=True)
    await hear_chats(
        desk.talk.chat_fact(ChannelGroupJoined, GROUP, participants=[me], admins_only=True)
    )
    answer = await desk.send(chat_id=chat)
    assert (answer.status_code, answer.json()["code"]) == (409, "chat_admins_only")
    await hear_chats(desk.talk.chat_fact(ChannelGroupLeft, GROUP))
    answer = await desk.send(chat_id=chat)
    assert (answer.status_code, answer.json()["code"]) == (409, "chat_closed")
    kinds = [kind for kind, _, _ in await said(desk.talk.tenant)]
    assert REQUESTED not in kinds


def direct_from(talk: Any) -> Any:
    """A message in the contact's own chat, by the address that channels gives it."""
    told = talk.told()
    message = msgspec.structs.replace(told.data.message, chat=f"{ANA[1:]}@s.whatsapp.net")
    return Received(told.envelope, msgspec.structs.replace(told.data, message=message))


async def test_people_are_called_by_phone_by_lid_and_as_contacts(
    desk: Desk, store: Any, hear_chats: Any, said: Any
) -> None:
    """In the group they are known by other addresses than in their own chats."""
    talk = desk.talk
    await store(direct_from(talk))
    await desk.open()
    chat, phone = await desk.chat(), ANA
    ana = Participant(
        party=[
            PartyIdentity(kind="lid", value="90@lid"),
            PartyIdentity(kind="phone", value=phone),
        ]
    )
    bia = Participant(party=BIA)
    await hear_chats(talk.chat_fact(ChannelGroupJoined, GROUP, participants=[ana, bia]))
    mentions = [str(talk.contact_id), "81@lid"]
    text = f"@{talk.contact_id} e @81@lid"
    answer = await desk.send(
        chat_id=chat, mentions=mentions, content={"type": "text", "text": text}
    )
    assert answer.status_code == 202, answer.text
    [(_, _, asked)] = [one for one in await said(talk.tenant) if one[0] == REQUESTED]
    assert asked["outbound"]["mentions"] == [
        {"kind": "phone", "value": phone},
        {"kind": "lid", "value": "81@lid"},
    ]
    assert asked["outbound"]["content"]["text"] == f"@{phone[1:]} e @81"
    everybody = await desk.send(chat_id=chat, mentions=["all", "81@lid"])
    assert everybody.status_code == 202, everybody.text
    asked = [one for kind, _, one in await said(talk.tenant) if kind == REQUESTED][-1]["outbound"]
    assert asked["mention_all"] is True
    assert asked["mentions"] == [{"kind": "lid", "value": "81@lid"}]
    alone = await desk.send(contact_id=str(talk.contact_id), mentions=["all"])
    assert (alone.status_code, alone.json()["code"]) == (422, "mention_unknown")
    place = {"type": "location", "latitude": 1, "longitude": 1}
    wordless = await desk.send(chat_id=chat, mentions=["81@lid"], content=place)
    assert (wordless.status_code, wordless.json()["code"]) == (422, "mention_unfit")
    for stranger in ("+5511900000000", "99@lid", str(new_id())):
        refused = await desk.send(chat_id=chat, mentions=[stranger])
        assert (refused.status_code, refused.json()["code"]) == (422, "mention_unknown"), stranger
    for malformed in ("5511988880001", "81", "@lid", "+5511988880001\n"):
        refused = await desk.send(chat_id=chat, mentions=[malformed])
        assert refused.status_code == 400, malformed


async def test_a_timeline_says_whom_messages_call(desk: Desk, store: Any) -> None:
    """By name and as contacts; two questions more for the page, and none where nobody is called."""
    talk = desk.talk
    await store(direct_from(talk))
    await desk.open()
    chat = await desk.chat()
    me = PartyIdentity(kind="phone", value=ANA)
    away = PartyIdentity(kind="lid", value="99@lid")
    told = desk.group.told("@5511999990000, @81 e @99", BIA, "Bia")
    message = msgspec.structs.replace(told.data.message, mentions=[me, BIA[0], away])
    await desk.hear(
        on_group_message,
        Received(told.envelope, msgspec.structs.replace(told.data, message=message)),
    )
    shown = (await desk.get(f"/v1/chats/{chat}/messages")).json()["items"]
    assert [len(one["mentions"]) for one in shown] == [0, 3]
    assert shown[1]["mentions"] == [
        {
            "address": {"kind": "phone", "value": me.value},
            "contact_id": str(talk.contact_id),
            "name": None,
        },
        {"address": {"kind": "lid", "value": "81@lid"}, "contact_id": None, "name": "Bia"},
        {"address": {"kind": "lid", "value": "99@lid"}, "contact_id": None, "name": None},
    ]
    one = (await desk.get(f"/v1/chats/{chat}/messages/{message.id}")).json()
    assert one["mentions"] == shown[1]["mentions"]
