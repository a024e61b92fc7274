"""Who is in a group: with the names that they write under, and as contacts where they are some."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.chat import Chat, Participant
from ventros_messaging.domain.mention import chat_with
from ventros_messaging.store import participants as store
from ventros_messaging.store.chats import Place
from ventros_messaging.store.contacts import CONTACTS


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is in the group now."""

    participant: Participant
    name: str | None
    contact_id: UUID | None


async def participants(
    tx: Tx, tenant_id: UUID, chat: Chat, *, beyond: UUID | None, limit: int
) -> list[Known]:
    """The next `limit` of those who are in the chat, by their id."""
    present = sorted(
        (each for each in chat.state.participants if chat.state.has(each)),
        key=lambda each: each.id,
    )
    page = [each for each in present if beyond is None or each.id > beyond][:limit]
    addresses = [address for each in page for address in each.addresses]
    names = await store.names(tx, tenant_id, ((chat.id, store.key_of(one)) for one in addresses))
    places = (Place(chat.channel_id, chat_with(one)) for one in addresses)
    nodes = await store.contacts(tx, tenant_id, places)
    roots = await CONTACTS.roots(tx, nodes.values())
    people = {place.address: roots[node] for place, node in nodes.items()}
    known_as = {key: name for (_, key), name in names.items()}
    return [
        Known(
            participant=each,
            name=_name(each.addresses, known_as),
            contact_id=_contact(each.addresses, people),
        )
        for each in page
    ]


def _name(addresses: Sequence[Address], names: Mapping[str, tuple[datetime, str]]) -> str | None:
    """The latest of those under any of the addresses."""
    found = [names[key] for one in addresses if (key := store.key_of(one)) in names]
    return max(found)[1] if found else None


def _contact(addresses: Sequence[Address], people: Mapping[str, UUID]) -> UUID | None:
    places = (chat_with(one) for one in addresses)
    return next((people[place] for place in places if place in people), None)
