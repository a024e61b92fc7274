"""Whom messages call: with their names in the group, and as contacts where they are some."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.mention import chat_with
from ventros_messaging.domain.message import Mentioned, StoredMessage
from ventros_messaging.store import participants as store
from ventros_messaging.store.chats import Place
from ventros_messaging.store.contacts import CONTACTS


async def with_mentioned(
    tx: Tx, tenant_id: UUID, found: Sequence[StoredMessage]
) -> list[StoredMessage]:
    """The same messages; three statements for all of them where somebody is called, else none."""
    calling = [one.message for one in found if one.message.mentions]
    if not calling:
        return list(found)
    pairs = [(message, address) for message in calling for address in message.mentions]
    nodes = await store.contacts(
        tx, tenant_id, (Place(message.channel_id, chat_with(one)) for message, one in pairs)
    )
    roots = await CONTACTS.roots(tx, nodes.values())
    names = await store.names(
        tx,
        tenant_id,
        ((chat_id, store.key_of(one)) for message, one in pairs if (chat_id := message.chat_id)),
    )

    def mentioned(one: StoredMessage, address: Address) -> Mentioned:
        node = nodes.get(Place(one.message.channel_id, chat_with(address)))
        chat_id = one.message.chat_id
        known_as = None if chat_id is None else names.get((chat_id, store.key_of(address)))
        return Mentioned(
            address=address,
            name=None if known_as is None else known_as[1],
            contact_id=None if node is None else roots[node],
        )

    return [
        msgspec.structs.replace(
            one, mentioned=tuple(mentioned(one, address) for address in one.message.mentions)
        )
        if one.message.mentions
        else one
        for one in found
    ]
