"""What a tenant sees at the API, asked the way tests want to know it."""

from ventros_e2e.api import Api, Contact, Identity, Message, Session
from ventros_e2e.waiting import eventually

SOON = 20.0


class Inbox:
    """Questions of one tenant."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def contacts(self, **query: str) -> list[Contact]:
        """Contacts, all or those that match."""
        return await self.api.every("/v1/contacts", Contact, **query)

    async def messages(self, contact_id: str) -> list[Message]:
        """The timeline of a contact."""
        return await self.api.every("/v1/messages", Message, contact_id=contact_id)

    async def sessions(self, **query: str) -> list[Session]:
        """Sessions, all or those that match."""
        return await self.api.every("/v1/sessions", Session, **query)

    async def session(self, session_id: str) -> Session:
        """One session."""
        return await self.api.get(f"/v1/sessions/{session_id}", Session)

    async def identities(self, contact_id: str) -> list[Identity]:
        """Everything that a contact is known by."""
        return await self.api.every(f"/v1/contacts/{contact_id}/identities", Identity)

    async def timelines(self) -> dict[str, list[Message]]:
        """Every contact's messages."""
        return {one.id: await self.messages(one.id) for one in await self.contacts()}

    async def holds(self, count: int, *, within: float = SOON) -> list[Message]:
        """Wait until there are so many messages; all of them."""

        async def look() -> list[Message] | None:
            found = [one for line in (await self.timelines()).values() for one in line]
            return found if len(found) >= count else None

        if count == 0:
            return []
        return await eventually(look, f"{count} messages at the API", within=within)

    async def the_message(self, stanza: str, *, within: float = SOON) -> Message:
        """Wait until a message is there."""

        async def look() -> Message | None:
            for messages in (await self.timelines()).values():
                for message in messages:
                    if message.stanza == stanza:
                        return message
            return None

        return await eventually(look, f"message {stanza} at the API", within=within)
