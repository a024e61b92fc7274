"""Rows of `history_import_chat` and `history_import_failure`: chats, and what was not imported."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_channels.domain.history import Chat, Failure

_ADD = """
INSERT INTO history_import_chat (tenant_id, import_id, chat, place)
SELECT $1, $2, chat, place FROM unnest($3::text[]) WITH ORDINALITY AS c (chat, place)
ORDER BY chat
ON CONFLICT DO NOTHING
"""

_NEXT = """
SELECT chat, taken, attempts, failing_since FROM history_import_chat
WHERE import_id = $1 AND NOT done
ORDER BY attempts, place LIMIT 1
"""

_TAKE = """
UPDATE history_import_chat
SET taken = taken + $4, done = $5, attempts = CASE WHEN $5 THEN attempts ELSE 0 END,
    failing_since = NULL
WHERE import_id = $1 AND chat = $2 AND taken = $3 AND NOT done
RETURNING chat
"""

_FAILED = """
UPDATE history_import_chat
SET attempts = attempts + 1, failing_since = coalesce(failing_since, $3), done = $4
WHERE import_id = $1 AND chat = $2 AND NOT done
RETURNING chat
"""

_ADD_FAILURES = """
INSERT INTO history_import_failure (
    tenant_id, import_id, id, chat, provider_message_id, reason, created_at
)
SELECT $1, $2, f.id, f.chat, f.provider_message_id, f.reason, $7
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[])
    AS f (id, chat, provider_message_id, reason)
"""

_FAILURES = """
SELECT id, chat, provider_message_id, reason, created_at FROM history_import_failure
WHERE import_id = $1 AND ($2::uuid IS NULL OR id > $2)
ORDER BY id LIMIT $3
"""

_PLACES = "SELECT nextval('raw_event_seq') AS seq FROM generate_series(1, $1)"


class NotRead(msgspec.Struct, frozen=True):
    """A message that cannot be read, or without one a chat."""

    chat: str
    provider_message_id: str | None
    reason: str


async def add(tx: Tx, tenant_id: UUID, import_id: UUID, chats: Sequence[str]) -> None:
    """The chats of an import, in this order; those that are known stay as they are."""
    await tx.execute(_ADD, tenant_id, import_id, list(chats))


async def following(tx: Tx, import_id: UUID) -> Chat | None:
    """The next that is not done: those that failed least come first."""
    row = await tx.fetchrow(_NEXT, import_id)
    return None if row is None else msgspec.convert(dict(row), Chat)


async def take(tx: Tx, import_id: UUID, chat: Chat, taken: int, *, done: bool) -> bool:
    """So many messages more; False: somebody else took them since."""
    row = await tx.fetchrow(_TAKE, import_id, chat.chat, chat.taken, taken, done)
    return row is not None


async def fail(tx: Tx, import_id: UUID, chat: str, now: datetime, *, done: bool) -> bool:
    """It could not be read; with `done` it is given up. False: it was done before."""
    return await tx.fetchrow(_FAILED, import_id, chat, now, done) is not None


async def add_failures(
    tx: Tx, tenant_id: UUID, import_id: UUID, failures: Sequence[NotRead], now: datetime
) -> None:
    """Keep what could not be imported, with its reasons."""
    if not failures:
        return
    await tx.execute(
        _ADD_FAILURES,
        tenant_id,
        import_id,
        [new_id() for _ in failures],
        [one.chat for one in failures],
        [one.provider_message_id for one in failures],
        [one.reason for one in failures],
        now,
    )


async def failures(tx: Tx, import_id: UUID, after: UUID | None, limit: int) -> list[Failure]:
    """In the order in which they were found, after the one with the id `after`."""
    rows = await tx.fetch(_FAILURES, import_id, after, limit)
    return [msgspec.convert(dict(row), Failure) for row in rows]


async def places(tx: Tx, count: int) -> list[int]:
    """So many numbers of the order of arrival, rising."""
    return sorted(row["seq"] for row in await tx.fetch(_PLACES, count))
