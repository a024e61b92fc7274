"""An agent whose number is connected to the simulated WAHA, and a customer who wrote."""

from uuid import uuid4

from ventros_e2e.api import Message, Outgoing
from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.inbox import Inbox
from ventros_e2e.lines import connect_line
from ventros_e2e.own_stack import OwnStack
from ventros_e2e.waha import Sent, Waha
from ventros_e2e.waiting import eventually
from waha_simulator.http.control import Write
from waha_simulator.people import Person


class Desk:
    """`open` connects the number and has the customer write."""

    def __init__(self, stack: OwnStack, inbox: Inbox, waha: Waha) -> None:
        self.stack, self.inbox, self.waha = stack, inbox, waha
        self.session = f"desk-{uuid4().hex[:12]}"
        self.owner = Person(phone=mobile("41", 20_000_001), lid=str(8 * 10**13), name="Loja")
        self.ana = somebody("Ana")
        self.channel_id = self.contact_id = self.session_id = ""

    async def open(self, *, pacing: bool = True) -> None:
        """`pacing`: messages are typed as a person would."""
        api = self.inbox.api
        channel = await connect_line(
            api, self.waha, session=self.session, owner=self.owner, pacing=pacing
        )
        self.channel_id = channel.id
        written = await self.waha.write(self.session, Write(person=self.ana, text="oi"))
        message = await self.inbox.the_message(written.stanza)
        self.contact_id, self.session_id = message.contact_id, message.session_id

    async def say(self, content: dict[str, str]) -> str:
        """Ask for a message; its id."""
        body = {"session_id": self.session_id, "content": content}
        api = self.inbox.api
        return (await api.send("POST", "/v1/messages", body, Outgoing, key=uuid4().hex)).id

    async def text(self, text: str) -> str:
        """Ask for a text; its id."""
        return await self.say({"type": "text", "text": text})

    async def outgoing(self, message_id: str) -> Outgoing:
        """How far it got."""
        return await self.inbox.api.get(f"/v1/outgoing-messages/{message_id}", Outgoing)

    async def becomes(self, message_id: str, status: str, *, within: float = 30.0) -> Outgoing:
        """Wait until it has this status."""

        async def look() -> Outgoing | None:
            found = await self.outgoing(message_id)
            return found if found.status == status else None

        return await eventually(look, f"message {message_id} is {status}", within=within)

    async def sent(self) -> list[Sent]:
        """What WAHA has of ours in the customer's chat, oldest first."""
        found: list[Sent] = []
        for chat in (f"{self.ana.phone}@c.us", f"{self.ana.lid}@lid"):
            found = await self.waha.sent(self.session, chat)
            if found:
                break
        return found

    async def sent_count(self, count: int) -> list[Sent]:
        """Wait until there are so many at WAHA."""

        async def look() -> list[Sent] | None:
            found = await self.sent()
            return found if len(found) >= count else None

        return await eventually(look, f"{count} messages at WAHA", within=30)

    async def ours(self, count: int) -> list[Message]:
        """Wait until there are so many of ours in the timeline."""

        async def look() -> list[Message] | None:
            shown = await self.inbox.messages(self.contact_id)
            found = [one for one in shown if one.direction == "outbound"]
            return found if len(found) >= count else None

        return await eventually(look, f"{count} messages of ours in the timeline", within=30)
