"""Ask for something to be done to a message or a chat: what cannot be done is said now."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_core.errors import NotFound
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_messaging.commands.apply_chat_facts import Changed, Told, apply_chat_facts
from ventros_messaging.domain.action import (
    EXPIRES_AFTER,
    Action,
    Kind,
    check_message,
    check_supported,
    check_vote,
    fact_of,
    is_ours,
)
from ventros_messaging.domain.chat import When
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.domain.outgoing import ChannelRef, check_channel
from ventros_messaging.store import actions, chats, messages, recipients
from ventros_messaging.store.chats import Place, Sighting


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, by whom; `emoji` is of a reaction, `said` of an edit, `options` of a vote,
    `label_id` of a label."""

    tenant_id: UUID
    project_id: UUID
    requested_by: UUID
    kind: Kind
    emoji: str | None = None
    said: str | None = None
    options: list[str] | None = None
    label_id: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The action, and what channels needs beside it: the provider's names. What is ours to do is
    done already, and `changed` is what came of it."""

    action: Action
    chat: str
    provider_message_id: str | None
    changed: list[Changed] = []


async def act_on_message(tx: Tx, command: Act, message_id: UUID) -> Asked:
    """Queue an action on a message, of a contact or of a group.

    Raises:
        NotFound: `message_not_found`
        ChannelUnknown, ChannelInactive, ActionUnsupported, and what `check_message` raises.
    """
    tenant_id, project_id = command.tenant_id, command.project_id
    stored = await messages.find(tx, tenant_id, project_id, message_id)
    if stored is None:
        raise NotFound("There is no message with this id.", code="message_not_found")
    now = utc_now()
    channel = await _channel(tx, command, stored.message.channel_id)
    check_message(stored, channel, command.kind, command.said, now)
    if command.kind == "vote":
        check_vote(stored, command.options or [])
    action = _action(command, channel.id, now, message_id=message_id)
    await actions.insert(tx, tenant_id, action)
    return Asked(
        action=action,
        chat=await _chat_of(tx, tenant_id, stored),
        provider_message_id=stored.message.provider_message_id,
    )


async def act_on_chat(tx: Tx, command: Act, chat_id: UUID) -> Asked:
    """Queue an action on a chat; where the provider has no archive, the chat is put away here.

    Raises:
        NotFound: `chat_not_found`
        ChannelUnknown, ChannelInactive, ActionUnsupported
    """
    tenant_id = command.tenant_id
    found = await chats.find(tx, tenant_id, command.project_id, chat_id)
    if found is None:
        raise NotFound("There is no chat with this id.", code="chat_not_found")
    chat, now = found.chat, utc_now()
    known = check_channel(
        await recipients.channel(tx, tenant_id, command.project_id, chat.channel_id)
    )
    action = _action(command, known.id, now, chat_id=chat_id)
    changed: list[Changed] = []
    if is_ours(known, command.kind):
        action = msgspec.structs.replace(action, status="done", settled_at=now)
        changed = await apply_to_chat(tx, tenant_id, action, Place(chat.channel_id, chat.address))
    else:
        check_supported(known, command.kind)
    await actions.insert(tx, tenant_id, action)
    # A provider may show a chat as seen by its last message.
    last = None
    if command.kind == "seen" and chat.contact_id is not None:
        last = await actions.last_heard(tx, tenant_id, chat)
    return Asked(action=action, chat=chat.address, provider_message_id=last, changed=changed)


async def apply_to_chat(tx: Tx, tenant_id: UUID, action: Action, place: Place) -> list[Changed]:
    """What was done to a chat is true of it from then on, whether the provider tells it or not."""
    fact = fact_of(action)
    if fact is None or action.settled_at is None:
        return []
    sighting = Sighting(place, new_id(), action.project_id)
    when = When(at=action.settled_at, ingress_seq=0)
    return await apply_chat_facts(tx, tenant_id, [Told(sighting, fact, when)])


async def _channel(tx: Tx, command: Act, channel_id: UUID) -> ChannelRef:
    known = await recipients.channel(tx, command.tenant_id, command.project_id, channel_id)
    channel = check_channel(known)
    check_supported(channel, command.kind)
    return channel


async def _chat_of(tx: Tx, tenant_id: UUID, stored: StoredMessage) -> str:
    """The chat at the provider: a group is known by its id, else the message's id names it."""
    message = stored.message
    if message.chat_id is not None:
        return await actions.address_of(tx, tenant_id, message.chat_id)
    parts = message.provider_message_id.split("_")
    if len(parts) > 1 and "@" in parts[1]:
        return parts[1]
    if message.contact_id is None:
        raise ValueError("a message has a contact or a chat")
    known = await recipients.chats(tx, tenant_id, [message.contact_id], message.channel_id)
    return next(iter(known.get(message.contact_id, ())), "")


def _action(
    command: Act,
    channel_id: UUID,
    now: datetime,
    *,
    message_id: UUID | None = None,
    chat_id: UUID | None = None,
) -> Action:
    return Action(
        id=new_id(),
        project_id=command.project_id,
        channel_id=channel_id,
        kind=command.kind,
        message_id=message_id,
        chat_id=chat_id,
        emoji=command.emoji,
        said=command.said,
        options=command.options,
        label_id=command.label_id,
        requested_by=command.requested_by,
        status="queued",
        failure=None,
        failure_reason=None,
        requested_at=now,
        expires_at=now + EXPIRES_AFTER,
        settled_at=None,
    )
