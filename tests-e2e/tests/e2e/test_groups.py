"""A group as an agent sees it, and what an agent does to messages: WAHA sees all of it."""

from uuid import uuid4

import pytest
from msgspec import Struct

from ventros_e2e.api import Channel, Content, Outgoing
from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.lines import connect_line
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.engines import Engine
from waha_simulator.http.control import AckOf, Write
from waha_simulator.payloads import Place
from waha_simulator.people import Address, Person

pytestmark = pytest.mark.e2e

WAHA_ALL = ("*",)


class Chat(Struct, frozen=True, kw_only=True):
    id: str
    external_id: str
    chat_type: str
    status: str
    labels: list[str]


class Post(Struct, frozen=True, kw_only=True):
    id: str
    content: Content
    from_me: bool
    author: dict[str, object] | None = None
    status: str = ""
    revoked_by: dict[str, object] | None = None
    reactions: list[dict[str, object]] = []


class Recipient(Struct, frozen=True, kw_only=True):
    addresses: list[dict[str, str]]
    status: str


class Done(Struct, frozen=True, kw_only=True):
    id: str
    status: str
    failure: str | None = None


class Desk:
    """An agent whose number is in a group with two customers."""

    def __init__(self, tenant, waha: Waha) -> None:
        self.api, self.inbox, self.waha = tenant.api, tenant.inbox, waha
        self.session = f"group-{uuid4().hex[:12]}"
        self.group = f"1203630{uuid4().int % 10**11:011}@g.us"
        self.owner = Person(phone=mobile("41", 20_000_077), lid=str(8 * 10**13 + 77), name="Loja")
        self.bia, self.caio = somebody("Bia"), somebody("Caio")
        self.channel_id = ""

    async def open(self) -> None:
        channel = await connect_line(
            self.api,
            self.waha,
            session=self.session,
            owner=self.owner,
            engine=Engine.NOWEB,
            pacing=False,
            events=WAHA_ALL,
        )
        self.channel_id = channel.id
        await self.groups(recorded=True)

    async def groups(self, *, recorded: bool) -> None:
        path = f"/v1/channels/{self.channel_id}"
        await self.api.send("PATCH", path, {"allow_groups": recorded}, Channel)

    async def writes(self, who: Person, text: str) -> str:
        """Somebody writes in the group; the stanza."""
        written = await self.waha.write(
            self.session,
            Write(
                person=who,
                text=text,
                place=Place.GROUP,
                place_id=self.group,
                address=Address.PHONE,
            ),
        )
        return written.stanza

    async def chat(self, kind: str = "group") -> Chat:
        async def look() -> Chat | None:
            found = await self.api.every("/v1/chats", Chat, chat_type=kind)
            return found[0] if found else None

        return await eventually(look, f"a chat of type {kind}", within=30)

    async def posts(self, chat: Chat, count: int) -> list[Post]:
        async def look() -> list[Post] | None:
            found = await self.api.every(f"/v1/chats/{chat.id}/messages", Post)
            return found if len(found) >= count else None

        return await eventually(look, f"{count} messages of the group", within=30)

    async def send(self, path: str, **body: object) -> str:
        """Ask for a message; its id once the provider has it."""
        asked = await self.api.send("POST", path, body, Outgoing, key=uuid4().hex)

        async def look() -> Outgoing | None:
            found = await self.api.get(f"/v1/outgoing-messages/{asked.id}", Outgoing)
            return found if found.status == "sent" else None

        return (await eventually(look, f"message {asked.id} is sent", within=30)).id

    async def act(self, method: str, path: str, body: dict[str, object] | None = None) -> None:
        """Have something done, and wait until the provider did it."""
        asked = await self.api.send(method, path, body, Done)

        async def look() -> bool:
            found = await self.api.get(f"/v1/message-actions/{asked.id}", Done)
            assert found.failure is None, found
            return found.status == "done"

        await eventually(look, f"{method} {path} is done", within=30)


@pytest.fixture
async def desk(stack, tenant) -> Desk:
    desk = Desk(tenant, Waha(stack.waha_url, stack.waha_key, tenant.client))
    await desk.open()
    return desk


async def test_a_group_is_answered_and_each_member_reads_it_for_themselves(desk: Desk) -> None:
    await desk.groups(recorded=False)
    await desk.writes(desk.bia, "antes")
    dora = await desk.waha.write(desk.session, Write(person=somebody("Dora"), text="oi"))
    aside = await desk.inbox.the_message(dora.stanza)
    await desk.groups(recorded=True)
    await desk.writes(desk.bia, "bom dia")
    chat = await desk.chat()
    await desk.writes(desk.caio, "oi")
    theirs = await desk.posts(chat, 2)
    assert [post.content.text for post in theirs] == ["bom dia", "oi"], "nothing of before"
    ours = await desk.send(
        "/v1/messages",
        chat_id=chat.id,
        reply_to=theirs[0].id,
        content={"type": "text", "text": "bom dia a todos"},
    )
    shown = await desk.posts(chat, 3)
    assert [post.id for post in shown if post.from_me] == [ours]
    (sent,) = await desk.waha.sent(desk.session, desk.group)
    assert sent.body == "bom dia a todos"
    for who, ack in ((desk.bia, 3), (desk.caio, 2)):
        wanted = AckOf(message_id=sent.id, ack=ack, by=who)
        await desk.waha.call("POST", f"/simulator/sessions/{desk.session}/acks", wanted)
    path = f"/v1/chats/{chat.id}/messages/{ours}/recipients"

    async def read() -> list[str] | None:
        found = await desk.api.every(path, Recipient)
        by = {a["value"]: one.status for one in found for a in one.addresses}
        states = [by.get(f"+{who.phone}", "") for who in (desk.bia, desk.caio)]
        return states if states == ["read", "delivered"] else None

    await eventually(read, "each has their own status", within=30)
    known = [one.id for one in await desk.inbox.contacts()]
    assert known == [aside.contact_id], "who writes in a group is no contact for it"


async def test_what_an_agent_does_reaches_waha_and_shows(desk: Desk) -> None:
    written = await desk.waha.write(desk.session, Write(person=desk.bia, text="tem mesa?"))
    theirs = await desk.inbox.the_message(written.stanza)
    ours = await desk.send(
        "/v1/messages", contact_id=theirs.contact_id, content={"type": "text", "text": "tmos"}
    )
    await desk.inbox.holds(2)
    chat = await desk.chat("individual")
    await desk.act("PUT", f"/v1/messages/{theirs.id}/reaction", {"emoji": "👍"})
    await desk.act("PATCH", f"/v1/messages/{ours}", {"text": "temos"})
    await desk.act("POST", f"/v1/chats/{chat.id}/read")
    await desk.act("PUT", f"/v1/chats/{chat.id}/labels/7")
    await desk.act("PUT", f"/v1/chats/{chat.id}/archive")
    place = chat.external_id.replace("@s.whatsapp.net", "@c.us")
    changed = await desk.waha.sent(desk.session, place)
    assert [one.body for one in changed] == ["temos"]
    await desk.act("DELETE", f"/v1/messages/{ours}")
    assert await desk.waha.sent(desk.session, place) == []
    acts = await desk.waha.acts(desk.session)
    assert [(one.kind, one.value) for one in acts if one.kind != "seen"] == [
        ("reaction", "👍"),
        ("archive", ""),
    ]
    assert "seen" in [one.kind for one in acts]

    async def shown() -> bool:
        message = await desk.api.get(f"/v1/messages/{theirs.id}", Post)
        own = await desk.api.get(f"/v1/messages/{ours}", Post)
        now = await desk.chat("individual")
        return (
            [one["emoji"] for one in message.reactions] == ["👍"]
            and own.revoked_by is not None
            and (now.status, now.labels) == ("archived", ["7"])
        )

    await eventually(shown, "all of it shows", within=30)
