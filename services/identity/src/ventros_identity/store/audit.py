"""Rows of `audit_entry`. They are appended in the transaction of the change that they tell of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from platform_postgres import Tx
from ventros_identity.domain.audit import Actor, Entry, Origin

_APPEND = """
INSERT INTO audit_entry (
    tenant_id, id, at, actor_kind, actor_id, action, target_kind, target_id, project_id,
    request_id, address, user_agent, before, after
)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[], $6::text[], $7::text[],
    $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::jsonb[]
)
"""

_PAGE = """
SELECT * FROM audit_entry
WHERE tenant_id = $1
  AND ($2::uuid IS NULL OR actor_id = $2)
  AND ($3::uuid IS NULL OR target_id = $3)
  AND ($4::text IS NULL OR action = $4)
  AND ($5::timestamptz IS NULL OR at >= $5)
  AND ($6::timestamptz IS NULL OR at < $6)
  AND ($7::uuid IS NULL OR id < $7)
ORDER BY id DESC
LIMIT $8
"""

_LONGEST_USER_AGENT = 400


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are asked for; None narrows nothing. Times bound `since <= at < until`."""

    actor_id: UUID | None = None
    target_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def append(tx: Tx, entries: Sequence[Entry]) -> None:
    """Add entries of one tenant, in one statement."""
    if not entries:
        return
    rows = [_row(entry) for entry in entries]
    await tx.execute(_APPEND, *(list(column) for column in zip(*rows, strict=True)))


async def page(
    tx: Tx, tenant_id: UUID, narrowing: Narrowing, *, before: UUID | None, limit: int
) -> list[Entry]:
    """Entries, newest first; older than the entry `before`."""
    rows = await tx.fetch(
        _PAGE,
        tenant_id,
        narrowing.actor_id,
        narrowing.target_id,
        narrowing.action,
        narrowing.since,
        narrowing.until,
        before,
        limit,
    )
    return [_entry(row) for row in rows]


def _row(entry: Entry) -> tuple[object, ...]:
    agent = entry.origin.user_agent
    return (
        entry.tenant_id,
        entry.id,
        entry.at,
        entry.actor.kind,
        entry.actor.id,
        entry.action,
        entry.target_kind,
        entry.target_id,
        entry.project_id,
        entry.origin.request_id,
        entry.origin.address,
        None if agent is None else agent[:_LONGEST_USER_AGENT],
        None if entry.before is None else msgspec.json.encode(entry.before).decode(),
        None if entry.after is None else msgspec.json.encode(entry.after).decode(),
    )


def _entry(row: asyncpg.Record) -> Entry:
    return Entry(
        tenant_id=row["tenant_id"],
        id=row["id"],
        at=row["at"],
        actor=Actor(kind=row["actor_kind"], id=row["actor_id"]),
        action=row["action"],
        target_kind=row["target_kind"],
        target_id=row["target_id"],
        project_id=row["project_id"],
        origin=Origin(
            request_id=row["request_id"], address=row["address"], user_agent=row["user_agent"]
        ),
        before=None if row["before"] is None else msgspec.json.decode(row["before"]),
        after=None if row["after"] is None else msgspec.json.decode(row["after"]),
    )
