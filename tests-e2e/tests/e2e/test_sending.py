"""A user answers: sent once, acknowledged, counted, whatever breaks on the way."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest

from ventros_e2e.api import Outgoing
from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.lines import connect_line
from ventros_e2e.waha import Sent, Waha
from ventros_e2e.waiting import eventually
from waha_simulator.http.control import Pair, Write
from waha_simulator.people import Person

pytestmark = pytest.mark.e2e

FOUND_OUT = 60.0
"""A worker that died is missed after 15 seconds, and its message looked for after that."""

PICTURE = {"type": "image", "url": "https://files.example/mesa.jpg", "text": "A mesa de pinho"}


class Desk:
    """An agent whose number is connected to the simulated WAHA, and a customer who wrote."""

    def __init__(self, stack, tenant, waha: Waha) -> None:
        self.stack, self.tenant, self.waha = stack, tenant, waha
        self.session = f"desk-{uuid4().hex[:12]}"
        self.owner = Person(phone=mobile("41", 20_000_001), lid=str(8 * 10**13), name="Loja")
        self.ana = somebody("Ana")
        self.contact_id = self.session_id = ""

    async def open(self) -> None:
        await connect_line(self.tenant.api, self.waha, session=self.session, owner=self.owner)
        written = await self.waha.write(self.session, Write(person=self.ana, text="oi"))
        message = await self.tenant.inbox.the_message(written.stanza)
        self.contact_id, self.session_id = message.contact_id, message.session_id

    async def say(self, content: dict[str, str]) -> str:
        body = {"session_id": self.session_id, "content": content}
        api = self.tenant.api
        return (await api.send("POST", "/v1/messages", body, Outgoing, key=uuid4().hex)).id

    async def text(self, text: str) -> str:
        return await self.say({"type": "text", "text": text})

    async def outgoing(self, message_id: str) -> Outgoing:
        return await self.tenant.api.get(f"/v1/outgoing-messages/{message_id}", Outgoing)

    async def becomes(self, message_id: str, status: str, *, within: float = 30.0) -> Outgoing:
        async def look() -> Outgoing | None:
            found = await self.outgoing(message_id)
            return found if found.status == status else None

        return await eventually(look, f"message {message_id} is {status}", within=within)

    async def sent(self) -> list[Sent]:
        found = []
        for chat in (f"{self.ana.phone}@c.us", f"{self.ana.lid}@lid"):
            found = await self.waha.sent(self.session, chat)
            if found:
                break
        return found

    async def sent_count(self, count: int) -> list[Sent]:
        async def look() -> list[Sent] | None:
            found = await self.sent()
            return found if len(found) >= count else None

        return await eventually(look, f"{count} messages at WAHA", within=30)

    async def ours(self, count: int) -> list:
        async def look():
            shown = await self.tenant.inbox.messages(self.contact_id)
            found = [one for one in shown if one.direction == "outbound"]
            return found if len(found) >= count else None

        return await eventually(look, f"{count} messages of ours in the timeline", within=30)


Opening = Callable[[], Awaitable[Desk]]


@pytest.fixture
async def desk(stack, tenant) -> AsyncIterator[Desk]:
    waha = Waha(stack.waha_url, stack.waha_key, tenant.client)
    desk = Desk(stack, tenant, waha)
    await desk.open()
    yield desk
    await waha.answering(0)


async def test_an_answer_is_sent_once_acknowledged_and_counted(desk: Desk) -> None:
    message_id = await desk.text("Bom dia, Ana!")
    await desk.becomes(message_id, "sent")
    (shown,) = await desk.ours(1)
    assert (shown.id, shown.session_id) == (message_id, desk.session_id)
    assert (shown.source, shown.content.text) == ("manual", "Bom dia, Ana!")
    (sent,) = await desk.sent()
    assert sent.id.endswith(shown.stanza)

    async def acknowledged() -> bool:
        return (await desk.ours(1))[0].status == "delivered"

    await eventually(acknowledged, "the acknowledgement has come", within=30)

    async def counted() -> bool:
        return (await desk.tenant.inbox.session(desk.session_id)).outbound_messages == 1

    await eventually(counted, "the session has counted it", within=30)
    assert len(await desk.ours(1)) == 1


@pytest.mark.timeout(180)
@pytest.mark.parametrize("content", [{"type": "text", "text": "Já volto"}, PICTURE])
async def test_a_kill_between_claim_and_record_sends_nothing_twice(
    desk: Desk, content: dict[str, str]
) -> None:
    """Under a reserved id it is asked for again, without one it is found in the history."""
    await desk.waha.answering(20)
    message_id = await desk.say(content)
    await desk.sent_count(1)
    await desk.stack.kill("channels")
    await desk.waha.answering(0)
    await desk.stack.start_service("channels")
    await desk.becomes(message_id, "sent", within=FOUND_OUT)
    (shown,) = await desk.ours(1)
    assert shown.id == message_id
    assert len(await desk.sent()) == 1


@pytest.mark.timeout(120)
async def test_what_waits_for_the_number_is_sent_in_order_when_it_is_back(desk: Desk) -> None:
    await desk.waha.call("POST", f"/simulator/sessions/{desk.session}/fail")
    texts = ["um", "dois", "três"]
    asked = [await desk.text(text) for text in texts]
    assert [(await desk.outgoing(one)).status for one in asked] == ["queued"] * 3
    pair = Pair(owner=desk.owner)
    await desk.waha.call("POST", f"/simulator/sessions/{desk.session}/pair", pair)
    for one in asked:
        await desk.becomes(one, "sent", within=FOUND_OUT)
    assert [one.body for one in await desk.sent()] == texts
    shown = await desk.ours(3)
    assert [one.content.text for one in shown] == texts
