"""The table `outgoing_message`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_bus import Outgoing
from platform_bus.outbox import columns, tx_service
from platform_postgres import Tx
from proto_events.conversation import FailureClass
from ventros_messaging.domain.message import Source
from ventros_messaging.domain.outgoing import OutgoingMessage, OutgoingStatus
from ventros_messaging.store.documents import document
from ventros_messaging.store.rows import CONTENT

_COLUMNS: Final = """
    id, project_id, contact_id, chat_id, channel_id, status, source, requested_by, content,
    reply_to, failure, failure_reason, failure_code, requested_at, expires_at, settled_at, version
"""

_QUEUE: Final = """
WITH queued AS (
    INSERT INTO outgoing_message (
        tenant_id, id, project_id, contact_id, channel_id, source, requested_by, content, reply_to,
        requested_at, expires_at, chat_id
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
)
INSERT INTO outbox (tenant_id, shard, id, exchange, type, envelope)
SELECT $1, said.* FROM unnest($13::smallint[], $14::uuid[], $15::text[], $16::text[], $17::bytea[])
    AS said
"""

_READ: Final = f"""
SELECT {_COLUMNS} FROM outgoing_message WHERE tenant_id = $1 AND project_id = $2 AND id = $3
"""  # noqa: S608 - constants of this module

_OF_PROJECT: Final = f"""
SELECT {_COLUMNS} FROM outgoing_message
WHERE tenant_id = $1 AND project_id = $2
    AND ($3::text IS NULL OR status = $3) AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5
"""  # noqa: S608 - constants of this module

_OF_CONTACT: Final = f"""
SELECT part.* FROM unnest($6::uuid[]) AS asked (contact_id)
CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM outgoing_message
    WHERE tenant_id = $1 AND project_id = $2 AND contact_id = asked.contact_id
        AND ($3::text IS NULL OR status = $3) AND ($4::uuid IS NULL OR id < $4)
    ORDER BY id DESC LIMIT $5
) AS part
ORDER BY id DESC LIMIT $5
"""  # noqa: S608 - constants of this module

_OF_CHAT: Final = f"""
SELECT {_COLUMNS} FROM outgoing_message
WHERE tenant_id = $1 AND project_id = $2 AND chat_id = $6
    AND ($3::text IS NULL OR status = $3) AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5
"""  # noqa: S608 - constants of this module

# What was sent counts, whatever was said before; what failed is failed only while it is not sent.
# The rows are locked in the order of their ids, so that two bundles wait and do not deadlock.
_SETTLE: Final = f"""
WITH locked AS MATERIALIZED (
    SELECT outgoing_message.id FROM outgoing_message
    WHERE tenant_id = $1 AND outgoing_message.id = ANY($2)
    ORDER BY outgoing_message.id
    FOR NO KEY UPDATE
)
UPDATE outgoing_message AS message
SET status = given.status, settled_at = given.at, failure = given.failure,
    failure_reason = given.reason, failure_code = given.code, version = message.version + 1,
    content = CASE WHEN given.status = 'sent' THEN NULL ELSE message.content END
FROM locked
JOIN unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
    AS given (id, status, at, failure, reason, code) ON given.id = locked.id
WHERE message.tenant_id = $1 AND message.id = locked.id
    AND (message.status = 'queued' OR (message.status = 'failed' AND given.status = 'sent'))
RETURNING {", ".join(f"message.{name.strip()}" for name in _COLUMNS.split(","))}
"""  # noqa: S608 - constants of this module

_OURS: Final = """
SELECT id, source, status, version
FROM outgoing_message
WHERE tenant_id = $1 AND id = ANY($2)
ORDER BY id
FOR NO KEY UPDATE
"""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message on its way."""

    id: UUID
    status: OutgoingStatus
    at: datetime
    failure: FailureClass | None = None
    reason: str | None = None
    code: str | None = None


class Ours(msgspec.Struct, frozen=True):
    """A message that was asked for here, with the version of what was said of it so far."""

    id: UUID
    source: Source
    status: OutgoingStatus
    version: int


async def queue(tx: Tx, tenant_id: UUID, message: OutgoingMessage, said: Outgoing) -> None:
    """A new one, queued, and what asks for it."""
    await tx.execute(
        _QUEUE,
        tenant_id,
        message.id,
        message.project_id,
        message.contact_id,
        message.channel_id,
        message.source,
        message.requested_by,
        None if message.content is None else document(message.content),
        message.reply_to,
        message.requested_at,
        message.expires_at,
        message.chat_id,
        *columns(tx_service(tx), [said]),
    )


async def find(
    tx: Tx, tenant_id: UUID, project_id: UUID, message_id: UUID
) -> OutgoingMessage | None:
    """The one with this id in this project."""
    row = await tx.fetchrow(_READ, tenant_id, project_id, message_id)
    return None if row is None else _message(row)


async def page(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    *,
    contact_ids: Sequence[UUID] | None,
    chat_id: UUID | None = None,
    status: OutgoingStatus | None,
    before: UUID | None,
    limit: int,
) -> list[OutgoingMessage]:
    """Newest first, after the one with the id `before`."""
    asked = (tenant_id, project_id, status, before, limit)
    if chat_id is not None:
        rows = await tx.fetch(_OF_CHAT, *asked, chat_id)
    elif contact_ids is None:
        rows = await tx.fetch(_OF_PROJECT, *asked)
    else:
        rows = await tx.fetch(_OF_CONTACT, *asked, contact_ids)
    return [_message(row) for row in rows]


async def settle(
    tx: Tx, tenant_id: UUID, settled: Sequence[Settled]
) -> dict[UUID, OutgoingMessage]:
    """The messages as they now are, by id: those of ours for which this is news. Each is settled
    once at most."""
    rows = await tx.fetch(
        _SETTLE,
        tenant_id,
        [one.id for one in settled],
        [one.status for one in settled],
        [one.at for one in settled],
        [one.failure for one in settled],
        [one.reason for one in settled],
        [one.code for one in settled],
    )
    return {row["id"]: _message(row) for row in rows}


async def ours(tx: Tx, tenant_id: UUID, message_ids: Sequence[UUID]) -> list[Ours]:
    """Those of the messages that were sent from here, locked."""
    rows = await tx.fetch(_OURS, tenant_id, message_ids)
    return [Ours(row["id"], row["source"], row["status"], row["version"]) for row in rows]


def _message(row: Record) -> OutgoingMessage:
    content = row["content"]
    return OutgoingMessage(
        id=row["id"],
        project_id=row["project_id"],
        contact_id=row["contact_id"],
        chat_id=row["chat_id"],
        channel_id=row["channel_id"],
        status=row["status"],
        source=row["source"],
        requested_by=row["requested_by"],
        content=None if content is None else CONTENT.decode(content),
        reply_to=row["reply_to"],
        failure=row["failure"],
        failure_reason=row["failure_reason"],
        failure_code=row["failure_code"],
        requested_at=row["requested_at"],
        expires_at=row["expires_at"],
        settled_at=row["settled_at"],
        version=row["version"],
    )
