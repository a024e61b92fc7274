"""The table `message_group`, and the queue of messages that may join one."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_postgres import Tx
from ventros_messaging.domain.message_group import Conversation, Group, Incoming

_WAITING: Final = """
SELECT DISTINCT tenant_id FROM machine_queue
  UNION
SELECT DISTINCT tenant_id FROM message_group
WHERE status IN ('pending', 'processing') AND expires_at <= $1
LIMIT $2
"""

# One at a time makes groups of a tenant, so that a conversation has one open group.
_ALONE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))"

_TAKE: Final = """
DELETE FROM machine_queue
WHERE tenant_id = $1
    AND id IN (
        SELECT id FROM machine_queue
        WHERE tenant_id = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
    )
RETURNING message_ids
"""

_INCOMING: Final = """
SELECT message.id, message.project_id, message.contact_id, message.session_id, message.channel_id,
    message.received_at, message.content_type, channel.debounce_ms,
    message.content_type = ANY(channel.ai_processed) AS processed
FROM message
JOIN channel_ref AS channel
    ON channel.tenant_id = $1 AND channel.id = message.channel_id
WHERE message.tenant_id = $1
    AND message.id = ANY($2::uuid[])
    AND NOT message.from_me
    AND message.source <> 'history_import'
    AND message.contact_id IS NOT NULL
    AND message.session_id IS NOT NULL
    AND channel.debounce_ms IS NOT NULL
"""

_COLUMNS: Final = """
    id, project_id, contact_id, session_id, channel_id, status, message_ids, started_at,
    last_message_at, expires_at, completed_at, version
"""

_OPEN: Final = f"""
SELECT {_COLUMNS}
FROM message_group
WHERE tenant_id = $1 AND session_id = ANY($2::uuid[]) AND status = 'pending'
ORDER BY id
FOR UPDATE
"""  # noqa: S608 - constants of this module

_PROCESSING: Final = f"""
SELECT {_COLUMNS}
FROM message_group
WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND status = 'processing'
ORDER BY id
FOR UPDATE
"""  # noqa: S608 - constants of this module

_DUE: Final = f"""
SELECT {_COLUMNS}
FROM message_group
WHERE tenant_id = $1 AND status IN ('pending', 'processing') AND expires_at <= $2
ORDER BY expires_at
LIMIT $3
FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - constants of this module

_SAVE: Final = """
INSERT INTO message_group AS known (
    tenant_id, id, project_id, contact_id, session_id, channel_id, status, message_ids, started_at,
    last_message_at, expires_at, completed_at, version
)
SELECT $1, given.id, given.project_id, given.contact_id, given.session_id, given.channel_id,
    given.status, string_to_array(given.message_ids, ' ')::uuid[], given.started_at,
    given.last_message_at, given.expires_at, given.completed_at, given.version
FROM unnest(
    $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
    $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::integer[]
) WITH ORDINALITY AS given (
    id, project_id, contact_id, session_id, channel_id, status, message_ids, started_at,
    last_message_at, expires_at, completed_at, version, place
)
ORDER BY given.place
ON CONFLICT (tenant_id, id) DO UPDATE
SET status = excluded.status, message_ids = excluded.message_ids,
    last_message_at = excluded.last_message_at, expires_at = excluded.expires_at,
    completed_at = excluded.completed_at, version = excluded.version
"""

_LIST: Final = f"""
SELECT {_COLUMNS}
FROM message_group
WHERE tenant_id = $1 AND project_id = $2 AND session_id = $3 AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC
LIMIT $5
"""  # noqa: S608 - constants of this module


class Waiting(msgspec.Struct, frozen=True):
    """A message that machines may work on: whether its type is grouped is for the domain to say,
    whether its file is put into words is the channel's setting."""

    message: Incoming
    content_type: str
    processed: bool


async def waiting(tx: Tx, now: datetime, limit: int) -> list[UUID]:
    """Tenants with something to do (role system)."""
    return [row["tenant_id"] for row in await tx.fetch(_WAITING, now, limit)]


async def alone(tx: Tx, tenant_id: UUID) -> bool:
    """Whether nobody else makes groups of this tenant until we end."""
    return await tx.fetchval(_ALONE, f"groups {tenant_id}") is True


async def take(tx: Tx, tenant_id: UUID, limit: int) -> list[UUID]:
    """The messages of `limit` bundles at most."""
    taken = await tx.fetch(_TAKE, tenant_id, limit)
    return [message_id for row in taken for message_id in row["message_ids"]]


async def incoming(tx: Tx, tenant_id: UUID, message_ids: Sequence[UUID]) -> list[Waiting]:
    """Those of the messages that were written to a channel that machines work for."""
    return [_waiting(row) for row in await tx.fetch(_INCOMING, tenant_id, message_ids)]


async def open_groups(tx: Tx, tenant_id: UUID, sessions: Collection[UUID]) -> list[Group]:
    """The groups of these sessions that messages may join, locked."""
    return [_group(row) for row in await tx.fetch(_OPEN, tenant_id, sorted(sessions))]


async def processing(tx: Tx, tenant_id: UUID, group_ids: Collection[UUID]) -> list[Group]:
    """Those of the groups that wait for their files, locked."""
    return [_group(row) for row in await tx.fetch(_PROCESSING, tenant_id, sorted(group_ids))]


async def due(tx: Tx, tenant_id: UUID, now: datetime, limit: int) -> list[Group]:
    """Groups whose time has come, locked."""
    return [_group(row) for row in await tx.fetch(_DUE, tenant_id, now, limit)]


async def save(tx: Tx, tenant_id: UUID, groups: Sequence[Group]) -> None:
    """Write groups as they now are. Those that are closed go first: a conversation has one that
    is open."""
    rows = sorted(groups, key=lambda group: (group.status == "pending", group.id))
    await tx.execute(
        _SAVE,
        tenant_id,
        [row.id for row in rows],
        [row.project_id for row in rows],
        [row.conversation.contact_id for row in rows],
        [row.conversation.session_id for row in rows],
        [row.conversation.channel_id for row in rows],
        [row.status for row in rows],
        [" ".join(str(message_id) for message_id in row.message_ids) for row in rows],
        [row.started_at for row in rows],
        [row.last_message_at for row in rows],
        [row.expires_at for row in rows],
        [row.completed_at for row in rows],
        [row.version for row in rows],
    )


async def of_session(
    tx: Tx, tenant_id: UUID, project_id: UUID, session_id: UUID, before: UUID | None, limit: int
) -> list[Group]:
    """The groups of a session, the newest first."""
    rows = await tx.fetch(_LIST, tenant_id, project_id, session_id, before, limit)
    return [_group(row) for row in rows]


def _waiting(row: Record) -> Waiting:
    return Waiting(
        message=Incoming(
            id=row["id"],
            project_id=row["project_id"],
            conversation=_conversation(row),
            received_at=row["received_at"],
            pause=timedelta(milliseconds=row["debounce_ms"]),
        ),
        content_type=row["content_type"],
        processed=row["processed"] is True,
    )


def _conversation(row: Record) -> Conversation:
    return Conversation(row["session_id"], row["channel_id"], row["contact_id"])


def _group(row: Record) -> Group:
    return Group(
        id=row["id"],
        project_id=row["project_id"],
        conversation=_conversation(row),
        status=row["status"],
        message_ids=tuple(row["message_ids"]),
        started_at=row["started_at"],
        last_message_at=row["last_message_at"],
        expires_at=row["expires_at"],
        completed_at=row["completed_at"],
        version=row["version"],
    )
