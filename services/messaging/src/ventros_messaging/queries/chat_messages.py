"""The messages of a chat: of a group its own, of a person those of the contact on the channel."""

from uuid import UUID

import msgspec

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_messaging.domain.chat import Chat
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.domain.receipts import Receipt
from ventros_messaging.domain.timeline import Position
from ventros_messaging.queries import timeline
from ventros_messaging.queries.timeline import Narrowing, Scope, Surroundings
from ventros_messaging.store import messages, receipts
from ventros_messaging.store.words import Wanted


async def page(
    tx: Tx,
    scope: Scope,
    chat: Chat,
    narrowing: Narrowing,
    *,
    beyond: Position | None,
    limit: int,
    wanted: Wanted | None,
) -> list[StoredMessage]:
    """The next `limit` messages of a chat; none of one with a person who never wrote."""
    if chat.type != "individual":
        return await timeline.of_group(
            tx, scope, chat.id, narrowing, beyond=beyond, limit=limit, wanted=wanted
        )
    if chat.contact_id is None:
        return []
    return await timeline.of_contact(
        tx,
        scope,
        chat.contact_id,
        _on_channel(chat, narrowing),
        beyond=beyond,
        limit=limit,
        wanted=wanted,
    )


async def around(
    tx: Tx,
    scope: Scope,
    chat: Chat,
    message_id: UUID,
    narrowing: Narrowing,
    *,
    limit: int,
    wanted: Wanted | None,
) -> Surroundings:
    """A message in the midst of its chat.

    Raises:
        NotFound: `message_not_found`; also for one of another chat.
    """
    if chat.type != "individual":
        return await timeline.around(
            tx, scope, "chat_id", chat.id, message_id, narrowing, limit=limit, wanted=wanted
        )
    if chat.contact_id is None:
        raise _unknown()
    narrowing = _on_channel(chat, narrowing)
    return await timeline.around(
        tx, scope, "contact_id", chat.contact_id, message_id, narrowing, limit=limit, wanted=wanted
    )


async def one(tx: Tx, scope: Scope, chat: Chat, message_id: UUID) -> StoredMessage:
    """A message of a chat.

    Raises:
        NotFound: `message_not_found`; also for one of another chat.
    """
    return (await around(tx, scope, chat, message_id, Narrowing(), limit=1, wanted=None)).message


async def recipients(
    tx: Tx, scope: Scope, chat: Chat, message_id: UUID, *, beyond: UUID | None, limit: int
) -> list[Receipt]:
    """How far a message of ours got with the members of its group, as far as they told.

    Raises:
        NotFound: `message_not_found`
    """
    found = await messages.find(tx, scope.tenant_id, scope.project_id, message_id)
    if found is None or found.message.chat_id != chat.id:
        raise _unknown()
    return await receipts.of_message(tx, scope.tenant_id, message_id, beyond=beyond, limit=limit)


def _on_channel(chat: Chat, narrowing: Narrowing) -> Narrowing:
    return msgspec.structs.replace(narrowing, channel_id=chat.channel_id)


def _unknown() -> NotFound:
    return NotFound("There is no message with this id in the chat.", code="message_not_found")
