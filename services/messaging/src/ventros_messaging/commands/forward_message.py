"""Ask for a message to be passed on as it is, into another chat of its channel."""

from uuid import UUID

import msgspec

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_messaging.commands.send_message import Queued, SendMessage, send_message
from ventros_messaging.commands.send_to_chat import Posted, send_to_chat
from ventros_messaging.domain.action import MessageIsRevoked
from ventros_messaging.domain.content import ReactionContent, SystemContent
from ventros_messaging.domain.outgoing import ChannelUnknown, ContentUnsupported
from ventros_messaging.store import messages


class Forwarded(msgspec.Struct, frozen=True, kw_only=True):
    """What is queued, and the original's id at the provider."""

    queued: Queued | Posted
    provider_message_id: str


async def forward_message(tx: Tx, command: SendMessage, message_id: UUID) -> Forwarded:
    """Queue it; `command` says to whom, and the message what.

    Raises:
        NotFound: `message_not_found`
        MessageIsRevoked, ContentUnsupported, ChannelUnknown, ExtraUnsupported, and what
        `send_message` and `send_to_chat` raise.
    """
    stored = await messages.find(tx, command.tenant_id, command.project_id, message_id)
    if stored is None:
        raise NotFound("There is no message with this id.", code="message_not_found")
    if stored.revocation is not None:
        raise MessageIsRevoked("The message was deleted for everybody.")
    message = stored.message
    if isinstance(message.content, SystemContent | ReactionContent):
        raise ContentUnsupported("This is not passed on.")
    if command.channel_id not in {None, message.channel_id}:
        raise ChannelUnknown("A message is passed on by its own channel.")
    given = msgspec.structs.replace(
        command,
        content=message.content,
        channel_id=message.channel_id,
        forward=True,
        extras=("forward",),
    )
    queued = (
        await send_message(tx, given)
        if given.chat_id is None
        else await send_to_chat(tx, given, given.chat_id)
    )
    return Forwarded(queued=queued, provider_message_id=message.provider_message_id)
