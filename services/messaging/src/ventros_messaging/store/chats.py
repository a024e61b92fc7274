"""The table `chat`: met by its address, locked in one order, read in the order of creation."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_postgres import Tx
from ventros_messaging.domain.chat import Chat, ChatType, State, Status, type_of
from ventros_messaging.store.documents import document


class Place(msgspec.Struct, frozen=True, order=True):
    """A chat as its channel names it."""

    channel_id: UUID
    address: str


class Sighting(msgspec.Struct, frozen=True):
    """Somebody told of a chat; `id` is for when it is new, `contact_id` where a message told."""

    place: Place
    id: UUID
    project_id: UUID
    contact_id: UUID | None = None


class ListedChat(msgspec.Struct, frozen=True):
    """A chat with when it was made known and last changed."""

    chat: Chat
    created_at: datetime
    updated_at: datetime


_MEET: Final = """
INSERT INTO chat (
    tenant_id, id, project_id, channel_id, address, chat_type, status, contact_id, state
)
SELECT $1, given.id, given.project_id, given.channel_id, given.address, given.chat_type, 'active',
    given.contact_id, '{}'
FROM unnest(
    $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[]
) AS given (id, project_id, channel_id, address, chat_type, contact_id)
ORDER BY given.channel_id, given.address
ON CONFLICT (tenant_id, channel_id, address) DO NOTHING
RETURNING id
"""

_COLUMNS: Final = """
    chat.id, chat.project_id, chat.channel_id, chat.address, chat.chat_type, chat.contact_id,
    chat.version, chat.state, chat.created_at, chat.updated_at
"""

_LOCK: Final = f"""
SELECT {_COLUMNS}
FROM unnest($2::uuid[], $3::text[]) AS given (channel_id, address)
JOIN chat
    ON chat.tenant_id = $1
    AND chat.channel_id = given.channel_id
    AND chat.address = given.address
ORDER BY chat.id
FOR NO KEY UPDATE OF chat
"""  # noqa: S608 - constants of this module

_IDS: Final = """
SELECT chat.channel_id, chat.address, chat.id
FROM unnest($2::uuid[], $3::text[]) AS given (channel_id, address)
JOIN chat
    ON chat.tenant_id = $1
    AND chat.channel_id = given.channel_id
    AND chat.address = given.address
"""

_SAVE: Final = """
UPDATE chat
SET state = given.state, status = given.status, version = given.version, updated_at = now()
FROM unnest($2::uuid[], $3::integer[], $4::text[], $5::jsonb[]) AS given (
    id, version, status, state
)
WHERE chat.tenant_id = $1 AND chat.id = given.id
"""

READ: Final = f"""
SELECT {_COLUMNS}
FROM chat
WHERE tenant_id = $1 AND project_id = $2 AND id = $3
"""  # noqa: S608 - constants of this module

# A channel has its chats by their addresses: those of one account, some thousands.
_LABELLED: Final = """
SELECT id, channel_id, address, project_id FROM chat
WHERE tenant_id = $1 AND channel_id = $2 AND (state -> 'labels' -> $3::text ->> 'on')::boolean
ORDER BY id
"""

NEWEST: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))
"""Before every chat of a list."""


def listing(
    *, of_channel: bool = False, of_type: bool = False, status: Status | None = None
) -> str:
    """One page of a project's chats, the newest first, with these conditions.

    Each is a statement of its own, so that it has the plan of its own index; which status is
    asked for is written in, since the index of those that are put away is of them alone.
    """
    return f"""
SELECT {_COLUMNS} FROM chat
WHERE tenant_id = $1 AND project_id = $2 AND (created_at, id) < ($3, $4)
    {"AND channel_id = $6" if of_channel else "AND $6::uuid IS NULL"}
    {"AND chat_type = $7" if of_type else "AND $7::text IS NULL"}
    {f"AND status = '{status}'" if status else ""}
ORDER BY created_at DESC, id DESC
LIMIT $5
"""  # noqa: S608 - constants, and a status of ours


_STATE: Final = msgspec.json.Decoder(State)


async def meet(tx: Tx, tenant_id: UUID, sightings: Iterable[Sighting]) -> set[UUID]:
    """Make the chats that are not known yet; the ids of those."""
    given = {sighting.place: sighting for sighting in sightings}.values()
    made = await tx.fetch(
        _MEET,
        tenant_id,
        [each.id for each in given],
        [each.project_id for each in given],
        [each.place.channel_id for each in given],
        [each.place.address for each in given],
        [type_of(each.place.address) for each in given],
        [each.contact_id for each in given],
    )
    return {row["id"] for row in made}


async def ids(tx: Tx, tenant_id: UUID, places: Iterable[Place]) -> dict[Place, UUID]:
    """The ids of the chats at these addresses."""
    asked = sorted(set(places))
    found = await tx.fetch(
        _IDS, tenant_id, [each.channel_id for each in asked], [each.address for each in asked]
    )
    return {Place(row["channel_id"], row["address"]): row["id"] for row in found}


async def lock(tx: Tx, tenant_id: UUID, places: Iterable[Place]) -> dict[Place, Chat]:
    """The chats at these addresses, locked."""
    asked = sorted(set(places))
    found = await tx.fetch(
        _LOCK, tenant_id, [each.channel_id for each in asked], [each.address for each in asked]
    )
    return {Place(row["channel_id"], row["address"]): _chat(row) for row in found}


async def save(tx: Tx, tenant_id: UUID, chats: Iterable[Chat]) -> None:
    """Write chats that are locked."""
    ordered = sorted(chats, key=lambda chat: chat.id)
    await tx.execute(
        _SAVE,
        tenant_id,
        [chat.id for chat in ordered],
        [chat.version for chat in ordered],
        [chat.state.status for chat in ordered],
        [document(chat.state) for chat in ordered],
    )


async def labelled(tx: Tx, tenant_id: UUID, channel_id: UUID, label_id: str) -> list[Sighting]:
    """The chats of a channel that have a label."""
    rows = await tx.fetch(_LABELLED, tenant_id, channel_id, label_id)
    return [
        Sighting(Place(row["channel_id"], row["address"]), row["id"], row["project_id"])
        for row in rows
    ]


async def find(tx: Tx, tenant_id: UUID, project_id: UUID, chat_id: UUID) -> ListedChat | None:
    """The chat with this id in this project."""
    row = await tx.fetchrow(READ, tenant_id, project_id, chat_id)
    return None if row is None else _listed(row)


async def newest(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    *,
    channel_id: UUID | None,
    chat_type: ChatType | None,
    status: Status | None,
    beyond: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ListedChat]:
    """At most `limit` chats of a project, the newest first."""
    found = await tx.fetch(
        listing(of_channel=channel_id is not None, of_type=chat_type is not None, status=status),
        tenant_id,
        project_id,
        *(beyond or NEWEST),
        limit,
        channel_id,
        chat_type,
    )
    return [_listed(row) for row in found]


def _chat(row: Record) -> Chat:
    return Chat(
        id=row["id"],
        project_id=row["project_id"],
        channel_id=row["channel_id"],
        address=row["address"],
        type=row["chat_type"],
        contact_id=row["contact_id"],
        version=row["version"],
        state=_STATE.decode(row["state"]),
    )


def _listed(row: Record) -> ListedChat:
    return ListedChat(_chat(row), row["created_at"], row["updated_at"])
