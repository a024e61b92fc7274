"""What WAHA does to messages that are there; each may be asked twice."""

from typing import Final

import msgspec

from platform_outbound import Outbound as Calls
from proto_events.message_actions import ActionKind, MessageActionRequested
from ventros_channels.adapters.waha.bodies import ToChat, chat_id
from ventros_channels.adapters.waha.client import Client, segment
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.connection import Connection

ACTS: Final[frozenset[ActionKind]] = frozenset({"reaction", "edit", "revocation", "seen"})


class ReactionBody(msgspec.Struct, frozen=True, kw_only=True):
    """PUT /api/reaction; an empty one takes it away."""

    session: str
    message_id: str = msgspec.field(name="messageId")
    reaction: str


class EditBody(msgspec.Struct, frozen=True, kw_only=True):
    """PUT /api/{session}/chats/{chatId}/messages/{messageId}."""

    text: str


class WahaActions:
    """WAHA, whichever its engine."""

    def __init__(self, outbound: Calls) -> None:
        self._client = Client(outbound)

    async def act(self, at: Connection, asked: MessageActionRequested) -> None:
        """Do it.

        Raises:
            NotSent, FateUnknown
        """
        if asked.kind == "seen":
            body = ToChat(session=at.session, chat_id=chat_id(asked.chat))
            await self._client.tell(at, "/api/sendSeen", body)
            return
        message = asked.provider_message_id
        if message is None:
            raise NotSent("rejected", "Nobody knows the message's id at the provider.")
        if asked.kind == "reaction":
            reaction = ReactionBody(
                session=at.session, message_id=message, reaction=asked.emoji or ""
            )
            await self._client.act(at, "PUT", "/api/reaction", reaction)
            return
        path = (
            f"/api/{segment(at.session)}/chats/{segment(chat_id(asked.chat))}"
            f"/messages/{segment(message)}"
        )
        if asked.kind == "edit":
            await self._client.act(at, "PUT", path, EditBody(text=asked.text or ""))
        else:
            await self._client.act(at, "DELETE", path)
