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
from ventros_messaging.store import marketing, recipients, templates, windows
from ventros_messaging.store import outgoing as store
from ventros_messaging.store.contacts import CONTACTS
from ventros_messaging.store.recipients import Meeting, Original


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
    """Queue a message.

    Raises:
        RecipientMissing, SessionUnknown, ContactUnknown, ChannelUnknown, ChannelInactive,
        AddressUnknown, ContentUnsupported, TextTooLong, WindowClosed, ContactOptedOut,
        ReplyUnknown, MentionUnknown, and what `domain.filling.fill` raises.
    """
    check_recipient(command)
    tenant_id, project_id = command.tenant_id, command.project_id
    meeting = await _session(tx, command)
    contact_id = meeting.contact_id if meeting is not None else command.contact_id
    if contact_id is None:
        raise ContactUnknown("There is no such contact in this project.")
    person = (await CONTACTS.roots(tx, [contact_id]))[contact_id]
    nodes = await CONTACTS.expand(tx, person)
    known = await recipients.recipients(tx, tenant_id, project_id, nodes)
    last = await recipients.last_of_contact(tx, tenant_id, project_id, nodes)
    gone = any(one.deleted for one in known if one.id == contact_id)
    if gone or (not known and last is None):
        raise ContactUnknown("There is no such contact in this project.")
    channel = await _channel(tx, command, meeting or last)
    filled = await _filled(tx, command, channel.id)
    if filled is not None:
        command = msgspec.structs.replace(command, content=filled.content)
    else:
        if not command.forward:
            check_content(channel, command.content)
        check_extras(channel, command.extras)
        if await windows.is_closed(tx, tenant_id, project_id, nodes, channel.id):
            raise WindowClosed("The contact did not write in the channel's window.")
    chats = await recipients.chats(tx, tenant_id, nodes, channel.id)
    phones = [one.phone for one in known if one.phone is not None and not one.deleted]
    recipient = addresses(chats, phones)
    if filled is not None and filled.marketing:
        await _check_marketing(tx, command, channel.id, recipient)
    original = await _original(tx, command, channel.id, nodes)
    calling = await call_people(
        tx, (tenant_id, project_id), channel.id, command.content, command.mentions
    )
    command = msgspec.structs.replace(command, content=calling.content)
    message = outgoing(command, channel.id, contact_id=contact_id)
    await store.insert(tx, tenant_id, message)
    return Queued(
        message=message,
        person=person,
        chat=chats[0] if chats else None,
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


async def _session(tx: Tx, command: SendMessage) -> Meeting | None:
    if command.session_id is None:
        return None
    meeting = await recipients.of_session(
        tx, command.tenant_id, command.project_id, command.session_id
    )
    if meeting is None:
        raise SessionUnknown("There is no such session in this project, or nobody wrote in it.")
    return meeting


async def _channel(tx: Tx, command: SendMessage, meeting: Meeting | None) -> ChannelRef:
    """The one that is named, else where the contact was last, else the only one that there is."""
    tenant_id, project_id = command.tenant_id, command.project_id
    channel_id = command.channel_id or (None if meeting is None else meeting.channel_id)
    if channel_id is not None:
        return check_channel(await recipients.channel(tx, tenant_id, project_id, channel_id))
    only = await recipients.only_channel(tx, tenant_id, project_id)
    if only is None:
        raise ChannelUnknown("The project has not exactly one channel: say which.")
    return only


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
