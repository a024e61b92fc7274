"""What became of messages: locked in the order of their ids, read and written in sets."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_postgres import Tx
from ventros_messaging.domain.content import type_of
from ventros_messaging.domain.fate import Fate, Wording
from ventros_messaging.store import rows
from ventros_messaging.store.documents import document
from ventros_messaging.store.early import Ref

# Two messages may have one stanza, one from each side: a sender chooses it.
_LOCK: Final = f"""
SELECT message.channel_id, message.stanza, id, project_id, contact_id, from_me, status, content,
    occurred_at, received_at, ingress_seq, version, {rows.FATE}
FROM unnest($2::uuid[], $3::text[]) AS ref (channel_id, stanza)
JOIN message
    ON message.tenant_id = $1
    AND message.channel_id = ref.channel_id
    AND message.stanza = ref.stanza
ORDER BY message.id
FOR NO KEY UPDATE OF message
"""  # noqa: S608 - constants of another module

_HISTORY: Final = """
SELECT message_id, written_at, ingress_seq, content
FROM message_version
WHERE tenant_id = $1 AND message_id = ANY($2::uuid[])
ORDER BY message_id, written_at, ingress_seq
"""

# A message that was never edited has no row there: its only version is what it says.
VERSIONS: Final = """
WITH version AS (
    SELECT written_at, ingress_seq, content
    FROM message_version
    WHERE tenant_id = $1 AND message_id = $3
  UNION ALL
    SELECT occurred_at, ingress_seq, content
    FROM message
    WHERE tenant_id = $1 AND id = $3 AND edited_at IS NULL
)
SELECT version.*, row_number() OVER (ORDER BY written_at, ingress_seq) AS number
FROM version
WHERE EXISTS (SELECT FROM message WHERE tenant_id = $1 AND project_id = $2 AND id = $3)
ORDER BY number
OFFSET $4
LIMIT $5
"""

_PROGRESS: Final = """
UPDATE message
SET status = given.status, sent_at = given.sent_at, delivered_at = given.delivered_at,
    read_at = given.read_at, played_at = given.played_at, failure = given.failure,
    version = given.version
FROM unnest(
    $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[], $6::timestamptz[],
    $7::timestamptz[], $8::timestamptz[], $9::jsonb[]
) AS given (id, version, status, sent_at, delivered_at, read_at, played_at, failure)
WHERE message.tenant_id = $1 AND message.id = given.id
"""

_ADDITIONS: Final = """
UPDATE message
SET reactions = given.reactions, votes = given.votes, revocation = given.revocation,
    version = given.version
FROM unnest(
    $2::uuid[], $3::integer[], $4::jsonb[], $5::jsonb[], $6::jsonb[]
) AS given (id, version, reactions, votes, revocation)
WHERE message.tenant_id = $1 AND message.id = given.id
"""

_WORDINGS: Final = """
WITH versions AS (
    INSERT INTO message_version (tenant_id, message_id, written_at, ingress_seq, content)
    SELECT $1, given.*
    FROM unnest($7::uuid[], $8::timestamptz[], $9::bigint[], $10::jsonb[]) AS given
    ON CONFLICT DO NOTHING
)
UPDATE message
SET content_type = given.content_type, content = given.content, edited_at = given.edited_at,
    version = given.version
FROM unnest(
    $2::uuid[], $3::integer[], $4::text[], $5::jsonb[], $6::timestamptz[]
) AS given (id, version, content_type, content, edited_at)
WHERE message.tenant_id = $1 AND message.id = given.id
"""


class Found(msgspec.Struct, frozen=True):
    """A message that a reference names, locked."""

    ref: Ref
    fate: Fate


async def lock(tx: Tx, tenant_id: UUID, refs: Iterable[Ref]) -> list[Found]:
    """The messages that these references name, ours before a contact's."""
    asked = sorted(set(refs))
    found = await tx.fetch(
        _LOCK, tenant_id, [ref.channel_id for ref in asked], [ref.stanza for ref in asked]
    )
    messages = [Found(Ref(row["channel_id"], row["stanza"]), _fate(row)) for row in found]
    return sorted(messages, key=lambda each: not each.fate.from_me)


async def histories(
    tx: Tx, tenant_id: UUID, message_ids: Sequence[UUID]
) -> dict[UUID, tuple[Wording, ...]]:
    """Every wording of those that were edited, by message, in order."""
    wordings: dict[UUID, list[Wording]] = {}
    for row in await tx.fetch(_HISTORY, tenant_id, message_ids):
        wordings.setdefault(row["message_id"], []).append(wording_of(row))
    return {message_id: tuple(each) for message_id, each in wordings.items()}


async def versions(
    tx: Tx, tenant_id: UUID, project_id: UUID, message_id: UUID, *, beyond: int, limit: int
) -> list[tuple[int, Wording]]:
    """Wordings with their numbers, from 1; those after `beyond`. None of an unknown message."""
    found = await tx.fetch(VERSIONS, tenant_id, project_id, message_id, beyond, limit)
    return [(row["number"], wording_of(row)) for row in found]


async def save(tx: Tx, tenant_id: UUID, changed: Iterable[tuple[Fate, Fate]]) -> None:
    """Write messages that are locked, each as it was and as it is: what changed of them alone."""
    pairs = sorted(changed, key=lambda pair: pair[0].id)
    if moved := _after(pairs, lambda fate: (fate.progress,)):
        await _save_progress(tx, tenant_id, moved)
    if added := _after(pairs, lambda fate: (fate.reactions, fate.votes, fate.revocation)):
        await _save_additions(tx, tenant_id, added)
    if edited := _after(pairs, lambda fate: (fate.history,)):
        await _save_wordings(tx, tenant_id, edited)


def wording_of(row: Record) -> Wording:
    """A row of `message_version`."""
    return Wording(
        content=rows.CONTENT.decode(row["content"]),
        written_at=row["written_at"],
        ingress_seq=row["ingress_seq"],
    )


async def _save_progress(tx: Tx, tenant_id: UUID, fates: Sequence[Fate]) -> None:
    await tx.execute(
        _PROGRESS,
        tenant_id,
        [fate.id for fate in fates],
        [fate.version for fate in fates],
        [fate.progress.status for fate in fates],
        [fate.progress.sent_at for fate in fates],
        [fate.progress.delivered_at for fate in fates],
        [fate.progress.read_at for fate in fates],
        [fate.progress.played_at for fate in fates],
        [_document(fate.progress.failure) for fate in fates],
    )


async def _save_additions(tx: Tx, tenant_id: UUID, fates: Sequence[Fate]) -> None:
    await tx.execute(
        _ADDITIONS,
        tenant_id,
        [fate.id for fate in fates],
        [fate.version for fate in fates],
        [_document(fate.reactions) for fate in fates],
        [_document(fate.votes) for fate in fates],
        [_document(fate.revocation) for fate in fates],
    )


async def _save_wordings(tx: Tx, tenant_id: UUID, fates: Sequence[Fate]) -> None:
    wordings = [(fate.id, wording) for fate in fates for wording in fate.history]
    await tx.execute(
        _WORDINGS,
        tenant_id,
        [fate.id for fate in fates],
        [fate.version for fate in fates],
        [type_of(fate.wording.content) for fate in fates],
        [document(fate.wording.content) for fate in fates],
        [fate.edited_at for fate in fates],
        [message_id for message_id, _ in wordings],
        [wording.written_at for _, wording in wordings],
        [wording.ingress_seq for _, wording in wordings],
        [document(wording.content) for _, wording in wordings],
    )


def _after(pairs: Sequence[tuple[Fate, Fate]], part: Callable[[Fate], Any]) -> list[Fate]:
    return [after for before, after in pairs if part(before) != part(after)]


def _document(value: Any) -> str | None:
    return document(value) if value else None


def _fate(row: Record) -> Fate:
    return Fate(
        id=row["id"],
        project_id=row["project_id"],
        contact_id=row["contact_id"],
        from_me=row["from_me"],
        version=row["version"],
        wording=Wording(
            content=rows.CONTENT.decode(row["content"]),
            written_at=row["occurred_at"],
            ingress_seq=row["ingress_seq"],
        ),
        progress=rows.progress_of(row),
        edited_at=row["edited_at"],
        revocation=rows.revocation_of(row),
        reactions=rows.reactions_of(row),
        votes=rows.votes_of(row),
    )
