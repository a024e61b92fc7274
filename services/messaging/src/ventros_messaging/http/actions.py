"""What the company does to messages that are there: reactions, edits, deletions, reading."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from platform_auth import Principal
from platform_bus import emit
from platform_core.errors import NotFound
from platform_core.types import NonEmptyStr
from platform_http import Caller, Reads, Writes
from ventros_messaging.commands.act import Act, act_on_chat, act_on_message
from ventros_messaging.domain.action import Action, ActionStatus, Kind
from ventros_messaging.events.actions import action_asked
from ventros_messaging.http.refusals import refused
from ventros_messaging.http.send_bodies import Words
from ventros_messaging.store import actions

Emoji = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*(?![\s\S])")]


class ReactionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The emoji that our side has on the message from then on."""

    emoji: Emoji


class EditBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that the message says from then on."""

    text: Words


class VoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All options of the poll that our side chooses from then on; none to withdraw the vote."""

    options: Annotated[list[NonEmptyStr], Meta(max_length=12)]


class MessageActionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was asked to be done to a message, or to a chat.

    `queued` until the provider did it (`done`) or it is known that it was not done (`failed`, with
    `failure` and its reason). After `expires_at` it is not tried any more. Once it is done, the
    message shows it.
    """

    id: UUID
    kind: Kind
    channel_id: UUID
    message_id: UUID | None
    chat_id: UUID | None
    status: ActionStatus
    requested_by: UUID
    failure: str | None
    failure_reason: str | None
    requested_at: datetime
    expires_at: datetime
    settled_at: datetime | None


REFUSALS: Final = {
    409: refused("The channel is switched off, or it is too late, or the message is not ours."),
    422: refused("The channel's provider cannot do this, or only a text can be changed."),
}


@put(
    "/v1/messages/{message_id:uuid}/reaction",
    operation_id="reactToMessage",
    summary="React to a message",
    status_code=202,
    responses=REFUSALS,
)
async def react(
    data: JSONBody[ReactionBody], principal: Caller, writer: Writes, message_id: FromPath[UUID]
) -> MessageActionResponse:
    """Put an emoji on a message, or change it: our side has one at most. Done once, however often
    it is asked for. The answer comes before the provider has it."""
    return await _on_message(principal, writer, message_id, "reaction", emoji=data.emoji)


@delete(
    "/v1/messages/{message_id:uuid}/reaction",
    operation_id="removeReaction",
    summary="Take a reaction away",
    status_code=202,
    responses=REFUSALS,
)
async def unreact(
    principal: Caller, writer: Writes, message_id: FromPath[UUID]
) -> MessageActionResponse:
    """Take our side's emoji off a message."""
    return await _on_message(principal, writer, message_id, "reaction", emoji="")


@patch(
    "/v1/messages/{message_id:uuid}",
    operation_id="editMessage",
    summary="Change a message of ours",
    status_code=202,
    responses=REFUSALS,
)
async def edit(
    data: JSONBody[EditBody], principal: Caller, writer: Writes, message_id: FromPath[UUID]
) -> MessageActionResponse:
    """Change what a text of ours says, within 15 minutes after it was sent: later it is
    `edit_window_closed`. What it said before stays among its versions."""
    return await _on_message(principal, writer, message_id, "edit", said=data.text)


@delete(
    "/v1/messages/{message_id:uuid}",
    operation_id="revokeMessage",
    summary="Delete a message of ours for everybody",
    status_code=202,
    responses=REFUSALS,
)
async def revoke(
    principal: Caller, writer: Writes, message_id: FromPath[UUID]
) -> MessageActionResponse:
    """Delete a message of ours at the provider, for everybody, within 60 hours after it was sent:
    later it is `revocation_window_closed`. What it said stays here."""
    return await _on_message(principal, writer, message_id, "revocation")


@put(
    "/v1/messages/{message_id:uuid}/votes",
    operation_id="voteInPoll",
    summary="Vote in a poll",
    status_code=202,
    responses=REFUSALS,
)
async def vote(
    data: JSONBody[VoteBody], principal: Caller, writer: Writes, message_id: FromPath[UUID]
) -> MessageActionResponse:
    """Vote in a poll, change our vote, or take it back: our side has one at most. The counts of the
    message have it once the provider has."""
    return await _on_message(principal, writer, message_id, "vote", options=data.options)


@post(
    "/v1/chats/{chat_id:uuid}/read",
    operation_id="readChat",
    summary="Show a chat as read",
    status_code=202,
    responses=REFUSALS,
)
async def read_chat(
    principal: Caller, writer: Writes, chat_id: FromPath[UUID]
) -> MessageActionResponse:
    """Show people that their messages of this chat were seen. Asked for twice it does no more."""
    return await on_chat(principal, writer, chat_id, "seen")


@get(
    "/v1/message-actions/{action_id:uuid}",
    operation_id="getMessageAction",
    summary="Read what became of an action",
)
async def read_action(
    principal: Caller, reader: Reads, action_id: FromPath[UUID]
) -> MessageActionResponse:
    """Whether what was asked to be done to a message or a chat is done."""
    async with reader(principal) as tx:
        found = await actions.find(tx, principal.tenant_id, principal.project_id, action_id)
    if found is None:
        raise NotFound("There is no action with this id.", code="message_action_not_found")
    return _response(found)


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (
    react,
    unreact,
    edit,
    revoke,
    vote,
    read_chat,
    read_action,
)


async def on_chat(
    principal: Principal,
    writer: Writes,
    chat_id: UUID,
    kind: Kind,
    *,
    label_id: str | None = None,
) -> MessageActionResponse:
    """Have something done to a chat."""
    command = _command(principal, kind, label_id=label_id)
    async with writer(principal) as tx:
        asked = await act_on_chat(tx, command, chat_id)
        await emit(tx, action_asked(principal.tenant_id, asked))
    return _response(asked.action)


async def _on_message(
    principal: Principal,
    writer: Writes,
    message_id: UUID,
    kind: Kind,
    *,
    emoji: str | None = None,
    said: str | None = None,
    options: list[str] | None = None,
) -> MessageActionResponse:
    command = _command(principal, kind, emoji=emoji, said=said, options=options)
    async with writer(principal) as tx:
        asked = await act_on_message(tx, command, message_id)
        await emit(tx, action_asked(principal.tenant_id, asked))
    return _response(asked.action)


def _command(
    principal: Principal,
    kind: Kind,
    *,
    emoji: str | None = None,
    said: str | None = None,
    options: list[str] | None = None,
    label_id: str | None = None,
) -> Act:
    return Act(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        requested_by=principal.subject,
        kind=kind,
        emoji=emoji,
        said=said,
        options=options,
        label_id=label_id,
    )


def _response(action: Action) -> MessageActionResponse:
    members = {name: getattr(action, name) for name in MessageActionResponse.__struct_fields__}
    return MessageActionResponse(**members)
