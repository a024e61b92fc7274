"""The table `author_name`, and which contacts people of a group are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.domain.additions import Address
from ventros_messaging.store.chats import Place

# Nearly always nothing changes: people seldom call themselves something else.
_LEARN: Final = """
INSERT INTO author_name AS known (tenant_id, chat_id, address, name, said_at)
SELECT DISTINCT ON (given.chat_id, given.address) $1, given.*
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
    AS given (chat_id, address, name, said_at)
ORDER BY given.chat_id, given.address, given.said_at DESC, given.name
ON CONFLICT (tenant_id, chat_id, address) DO UPDATE
SET name = excluded.name, said_at = excluded.said_at
WHERE known.said_at < excluded.said_at AND known.name <> excluded.name
"""

_NAMES: Final = """
SELECT named.chat_id, named.address, named.said_at, named.name
FROM unnest($2::uuid[], $3::text[]) AS given (chat_id, address)
JOIN author_name AS named
    ON named.tenant_id = $1
    AND named.chat_id = given.chat_id
    AND named.address = given.address
"""

# Who wrote to the channel in a chat of two is a contact; the address is the same in a group.
_CONTACTS: Final = """
SELECT chat.channel_id, chat.address, chat.contact_id
FROM unnest($2::uuid[], $3::text[]) AS given (channel_id, address)
JOIN chat
    ON chat.tenant_id = $1
    AND chat.channel_id = given.channel_id
    AND chat.address = given.address
WHERE chat.contact_id IS NOT NULL
"""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who wrote in a group under a name."""

    chat_id: UUID
    address: Address
    name: str
    said_at: datetime


async def learn(tx: Tx, tenant_id: UUID, told: Sequence[Named]) -> None:
    """Keep the latest name of each address."""
    if not told:
        return
    await tx.execute(
        _LEARN,
        tenant_id,
        [one.chat_id for one in told],
        [key_of(one.address) for one in told],
        [one.name for one in told],
        [one.said_at for one in told],
    )


async def names(
    tx: Tx, tenant_id: UUID, asked: Iterable[tuple[UUID, str]]
) -> dict[tuple[UUID, str], tuple[datetime, str]]:
    """The latest name under each address (`key_of`) in each chat, and since when."""
    given = sorted(set(asked))
    if not given:
        return {}
    rows = await tx.fetch(
        _NAMES, tenant_id, [chat_id for chat_id, _ in given], [key for _, key in given]
    )
    return {(row["chat_id"], row["address"]): (row["said_at"], row["name"]) for row in rows}


async def contacts(tx: Tx, tenant_id: UUID, places: Iterable[Place]) -> dict[Place, UUID]:
    """The contact's node of each chat of two."""
    given = sorted(set(places))
    rows = await tx.fetch(
        _CONTACTS, tenant_id, [one.channel_id for one in given], [one.address for one in given]
    )
    return {Place(row["channel_id"], row["address"]): row["contact_id"] for row in rows}


def key_of(address: Address) -> str:
    """An address as one text."""
    return f"{address.kind}:{address.value}"
