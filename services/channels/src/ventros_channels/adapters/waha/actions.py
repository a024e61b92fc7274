"""What WAHA does to messages that are there; each may be asked twice."""

from typing import Final

import msgspec

from platform_outbound import Outbound as Calls
from proto_events.message_actions import ActionKind, MessageActionRequested
from ventros_channels.adapters.waha.bodies import chat_id
from ventros_channels.adapters.waha.client import Client, segment
from ventros_channels.adapters.waha.sending_body import ToChat
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.connection import Connection

ACTS: Final[frozenset[ActionKind]] = frozenset(
    {"reaction", "edit", "revocation", "seen", "vote", "archive", "unarchive", "label", "unlabel"}
)


class ReactionBody(msgspec.Struct, frozen=True, kw_only=True):
    """PUT /api/reaction; an empty one takes it away."""

    session: str
    message_id: str = msgspec.field(name="messageId")
    reaction: str


class EditBody(msgspec.Struct, frozen=True, kw_only=True):
    """PUT /api/{session}/chats/{chatId}/messages/{messageId}."""

    text: str


class VoteBody(ToChat, frozen=True, kw_only=True):
    """POST /api/sendPollVote, with all that is chosen."""

    poll_message_id: str = msgspec.field(name="pollMessageId")
    votes: list[str]


class LabelId(msgspec.Struct, frozen=True, kw_only=True):
    """One label of a chat."""

    id: str


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """PUT /api/{session}/labels/chats/{chatId}: all labels that the chat has from then on."""

    labels: list[LabelId]


class WahaActions:
    """WAHA, whichever its engine."""

    def __init__(self, outbound: Calls) -> None:
        self._client = Client(outbound)

    async def act(self, at: Connection, asked: MessageActionRequested) -> None:
        """Do it.

        Raises:
            NotSent, FateUnknown
        """
        chat = chat_id(asked.chat)
        match asked.kind:
            case "seen":
                await self._client.tell(
                    at, "/api/sendSeen", ToChat(session=at.session, chat_id=chat)
                )
            case "archive" | "unarchive":
                path = f"/api/{segment(at.session)}/chats/{segment(chat)}/{asked.kind}"
                await self._client.act(at, "POST", path)
            case "label" | "unlabel":
                await self._label(at, asked, chat)
            case _:
                await self._on_message(at, asked, chat)

    async def _label(self, at: Connection, asked: MessageActionRequested, chat: str) -> None:
        """WAHA takes all labels of a chat at once, so those that it has are asked for first."""
        path = f"/api/{segment(at.session)}/labels/chats/{segment(chat)}"
        now = await self._client.ask(at, path, {}, list[LabelId])
        others = [one for one in now if one.id != asked.label_id]
        wanted = [LabelId(id=asked.label_id or "")] if asked.kind == "label" else []
        if len(others) + len(wanted) != len(now) or wanted:
            await self._client.act(at, "PUT", path, Labels(labels=[*others, *wanted]))

    async def _on_message(self, at: Connection, asked: MessageActionRequested, chat: str) -> None:
        message = asked.provider_message_id
        if message is None:
            raise NotSent("rejected", "Nobody knows the message's id at the provider.")
        path = f"/api/{segment(at.session)}/chats/{segment(chat)}/messages/{segment(message)}"
        match asked.kind:
            case "reaction":
                reaction = ReactionBody(
                    session=at.session, message_id=message, reaction=asked.emoji or ""
                )
                await self._client.act(at, "PUT", "/api/reaction", reaction)
            case "vote":
                vote = VoteBody(
                    session=at.session,
                    chat_id=chat,
                    poll_message_id=message,
                    votes=asked.options or [],
                )
                await self._client.act(at, "POST", "/api/sendPollVote", vote)
            case "edit":
                await self._client.act(at, "PUT", path, EditBody(text=asked.text or ""))
            case "revocation":
                await self._client.act(at, "DELETE", path)
            case _:
                raise NotSent("unsupported", "WAHA does not do this to a message.")
