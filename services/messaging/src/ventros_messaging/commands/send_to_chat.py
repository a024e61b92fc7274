"""Ask for a message to be sent into a chat: of a group, or of whoever writes in it."""

from uuid import UUID

import msgspec

from platform_postgres import Tx
from proto_events.conversation import PartyIdentity
from ventros_messaging.commands.call_people import call_people
from ventros_messaging.commands.send_message import (
    Queued,
    SendMessage,
    check_recipient,
    outgoing,
    send_message,
)
from ventros_messaging.domain.outgoing import (
    ChannelUnknown,
    ChatUnknown,
    ContactUnknown,
    ContentUnsupported,
    OutgoingMessage,
    ReplyUnknown,
    check_channel,
    check_content,
    check_extras,
    check_group,
)
from ventros_messaging.store import chats, posts, recipients
from ventros_messaging.store.posts import Original


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """The message, and the group and what is answered as the provider names them."""

    message: OutgoingMessage
    chat_id: UUID
    chat: str
    original: Original | None
    mentions: list[PartyIdentity] = msgspec.field(default_factory=list)


async def send_to_chat(tx: Tx, command: SendMessage, chat_id: UUID) -> Queued | Posted:
    """Make a message into a chat that can be queued; to whoever writes in a chat of two, as
    `send_message` does.

    Raises:
        RecipientMissing, ChatUnknown, ChatUnsupported, ChatClosed, ChatSilenced,
        GroupsNotRecorded, ContactUnknown, ChannelUnknown, ChannelInactive,
        ContentUnsupported, TextTooLong, ReplyUnknown, MentionUnknown, and what `send_message`
        raises.
    """
    check_recipient(command)
    tenant_id, project_id = command.tenant_id, command.project_id
    listed = await chats.find(tx, tenant_id, project_id, chat_id)
    if listed is None:
        raise ChatUnknown("There is no such chat in this project.")
    chat = listed.chat
    if command.channel_id not in {None, chat.channel_id}:
        raise ChannelUnknown("The chat is one of another channel.")
    if chat.type == "individual":
        if chat.contact_id is None:
            raise ContactUnknown("Nobody wrote in this chat yet.")
        to = msgspec.structs.replace(
            command, chat_id=None, contact_id=chat.contact_id, channel_id=chat.channel_id
        )
        return await send_message(tx, to)
    known = await recipients.channel(tx, tenant_id, project_id, chat.channel_id)
    channel = check_channel(known)
    check_group(channel, chat)
    if command.template is not None:
        raise ContentUnsupported("Templates are sent to one person each.")
    if not command.forward:
        check_content(channel, command.content)
    check_extras(channel, command.extras)
    original = await _original(tx, command, chat.id)
    calling = await call_people(
        tx,
        (tenant_id, project_id),
        channel.id,
        command.content,
        command.mentions,
        group=chat.state,
    )
    command = msgspec.structs.replace(command, content=calling.content)
    return Posted(
        message=outgoing(command, channel.id, chat_id=chat.id),
        chat_id=chat.id,
        chat=chat.address,
        original=original,
        mentions=calling.mentions,
    )


async def _original(tx: Tx, command: SendMessage, chat_id: UUID) -> Original | None:
    if command.reply_to is None:
        return None
    found = await posts.original(
        tx, command.tenant_id, command.project_id, chat_id, command.reply_to
    )
    if found is None:
        raise ReplyUnknown("There is no such message in this chat.")
    return found
