"""Ask for a message to be sent: everything that can be known to be wrong is said now."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Tx
from proto_events.conversation import PartyIdentity
from proto_events.sending import Template
from ventros_messaging.commands.call_people import call_people
from ventros_messaging.domain.content import Content
from ventros_messaging.domain.filling import Filled, Given, fill
from ventros_messaging.domain.message import Source
from ventros_messaging.domain.outgoing import (
    EXPIRES_AFTER,
    ChannelRef,
    ChannelUnknown,
    ContactOptedOut,
    ContactUnknown,
    OutgoingMessage,
    RecipientMissing,
    ReplyUnknown,
    SessionUnknown,
    WindowClosed,
    addresses,
    check_channel,
    check_content,
    check_extras,
)
from ventros_messaging.store import marketing, recipients, templates
from ventros_messaging.store.recipients import Original
from ventros_messaging.store.whom import Whom, find


class SendMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One of `contact_id`, `session_id` and `chat_id` is given.

    Of a `template`, the content follows when it is filled. With `forward` it is what another
    message says. `extras` is what is asked for beside the content; `mentions` are whom it calls,
    as `domain.mention` reads them.
    """

    tenant_id: UUID
    project_id: UUID
    requested_by: UUID
    source: Source
    contact_id: UUID | None
    session_id: UUID | None
    chat_id: UUID | None = None
    channel_id: UUID | None
    content: Content
    template: Given | None = None
    reply_to: UUID | None
    forward: bool = False
    extras: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """The message, and what channels needs beside it: `chat` is where the contact was last met."""

    message: OutgoingMessage
    person: UUID
    chat: str | None
    recipient: list[PartyIdentity]
    original: Original | None
    template: Template | None = None
    mentions: list[PartyIdentity] = msgspec.field(default_factory=list)


async def send_message(tx: Tx, command: SendMessage) -> Queued:
    """Make a message that can be queued: `queue` does it, with the event that asks for it.

    Raises:
        RecipientMissing, SessionUnknown, ContactUnknown, ChannelUnknown, ChannelInactive,
        AddressUnknown, ContentUnsupported, TextTooLong, WindowClosed, ContactOptedOut,
        ReplyUnknown, MentionUnknown, and what `domain.filling.fill` raises.
    """
    check_recipient(command)
    tenant_id, project_id = command.tenant_id, command.project_id
    person, whom, channel = await _whom(tx, command)
    filled = await _filled(tx, command, channel.id)
    if filled is not None:
        command = msgspec.structs.replace(command, content=filled.content)
    else:
        if not command.forward:
            check_content(channel, command.content)
        check_extras(channel, command.extras)
        if whom.is_closed:
            raise WindowClosed("The contact did not write in the channel's window.")
    recipient = addresses(whom.chats, whom.phones)
    if filled is not None and filled.marketing:
        await _check_marketing(tx, command, channel.id, recipient)
    original = await _original(tx, command, channel.id, whom.nodes)
    calling = await call_people(
        tx, (tenant_id, project_id), channel.id, command.content, command.mentions
    )
    command = msgspec.structs.replace(command, content=calling.content)
    return Queued(
        message=outgoing(command, channel.id, contact_id=whom.contact_id),
        person=person,
        chat=whom.chats[0] if whom.chats else None,
        recipient=recipient,
        original=original,
        template=None if filled is None else filled.outbound,
        mentions=calling.mentions,
    )


def outgoing(
    command: SendMessage,
    channel_id: UUID,
    *,
    contact_id: UUID | None = None,
    chat_id: UUID | None = None,
) -> OutgoingMessage:
    """A new one, queued."""
    now = utc_now()
    return OutgoingMessage(
        id=new_id(),
        project_id=command.project_id,
        contact_id=contact_id,
        chat_id=chat_id,
        channel_id=channel_id,
        status="queued",
        source=command.source,
        requested_by=command.requested_by,
        content=command.content,
        reply_to=command.reply_to,
        failure=None,
        failure_reason=None,
        requested_at=now,
        expires_at=now + EXPIRES_AFTER,
        settled_at=None,
        version=1,
    )


def check_recipient(command: SendMessage) -> None:
    """Raises `RecipientMissing`."""
    named = (command.contact_id, command.session_id, command.chat_id)
    if sum(one is not None for one in named) != 1:
        raise RecipientMissing("Exactly one of contact_id, session_id and chat_id is needed.")


async def _whom(tx: Tx, command: SendMessage) -> tuple[UUID, Whom, ChannelRef]:
    """Who it is for, with all that is one person with them; and the channel that is named, else
    where they were last, else the only one that there is."""
    whom = await _find(tx, command, command.channel_id)
    if whom.contact_id is None and command.session_id is not None:
        raise SessionUnknown("There is no such session in this project, or nobody wrote in it.")
    person = whom.person
    if person is None or whom.deleted or not whom.is_known:
        raise ContactUnknown("There is no such contact in this project.")
    if whom.place is None:
        only = await recipients.only_channel(tx, command.tenant_id, command.project_id)
        if only is None:
            raise ChannelUnknown("The project has not exactly one channel: say which.")
        whom = await _find(tx, command, only)
    return person, whom, check_channel(whom.channel)


async def _find(tx: Tx, command: SendMessage, channel_id: UUID | None) -> Whom:
    return await find(
        tx,
        command.tenant_id,
        command.project_id,
        contact_id=command.contact_id,
        session_id=command.session_id,
        channel_id=channel_id,
    )


async def _filled(tx: Tx, command: SendMessage, channel_id: UUID) -> Filled | None:
    """The template that is asked for, as the channel has it; it may be sent at any time."""
    given = command.template
    if given is None:
        return None
    known = await templates.of_channel(
        tx, command.tenant_id, command.project_id, channel_id, given.name, given.language
    )
    return fill(known, given)


async def _check_marketing(
    tx: Tx, command: SendMessage, channel_id: UUID, recipient: Sequence[PartyIdentity]
) -> None:
    addresses_of = [one.value for one in recipient]
    if await marketing.is_refused(tx, command.tenant_id, channel_id, addresses_of):
        raise ContactOptedOut("The contact wants no marketing.")


async def _original(
    tx: Tx, command: SendMessage, channel_id: UUID, nodes: Sequence[UUID]
) -> Original | None:
    if command.reply_to is None:
        return None
    found = await recipients.original(
        tx, command.tenant_id, command.project_id, command.reply_to, (channel_id, nodes)
    )
    if found is None:
        raise ReplyUnknown("There is no such message in this chat.")
    return found
