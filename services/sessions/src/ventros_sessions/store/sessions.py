"""The table `session`: load under lock, insert, update. Locks are taken in the order of ids."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_sessions.domain.session import Session, Status
from ventros_sessions.store.rows import COLUMNS, session_of

# The nodes of each person. LATERAL, OFFSET 0 and ARRAY here and below keep the planner, which
# cannot know how few they are, from reading all that the tenant has instead: without statistics it
# took 11 ms for what takes 0.3.
_TREE = """
WITH RECURSIVE tree (root_id, id) AS (
    SELECT r.id, r.id FROM unnest($1::uuid[]) AS r (id)
  UNION
    SELECT tree.root_id, branch.id
    FROM tree
    CROSS JOIN LATERAL (
        SELECT ref.id FROM contact_ref AS ref WHERE ref.root_id = tree.id OFFSET 0
    ) AS branch
)
"""

# A person's sessions may stand under any of their nodes. `ended_at` of an end by inactivity is
# the deadline: a message received by then may bring the session back. The conditions stand twice:
# first to find the rows by their indexes, then for what they are once they are locked.
_LOCK_CONVERSATIONS = f"""
{_TREE}, found AS MATERIALIZED (
    SELECT hit.id
    FROM tree
    CROSS JOIN unnest($2::uuid[]) AS asked (channel_id)
    CROSS JOIN LATERAL (
        (SELECT a.id
         FROM session AS a
         WHERE a.contact_id = tree.id AND a.channel_id = asked.channel_id AND a.status = 'active'
         OFFSET 0)
      UNION ALL
        (SELECT e.id
         FROM session AS e
         WHERE e.contact_id = tree.id AND e.channel_id = asked.channel_id
           AND e.end_reason = 'inactivity_timeout' AND e.ended_at >= $3
         OFFSET 0)
    ) AS hit
)
SELECT (SELECT tree.root_id FROM tree WHERE tree.id = s.contact_id) AS root_id, {COLUMNS}
FROM session AS s
WHERE s.id = ANY (ARRAY (SELECT found.id FROM found))
  AND (s.status = 'active' OR (s.end_reason = 'inactivity_timeout' AND s.ended_at >= $3))
ORDER BY s.id
FOR NO KEY UPDATE OF s
"""  # noqa: S608 - constants of this package

_LOCK_ACTIVE_OF_PEOPLE = f"""
{_TREE}, found AS MATERIALIZED (
    SELECT hit.id
    FROM tree
    CROSS JOIN LATERAL (
        SELECT a.id FROM session AS a
        WHERE a.contact_id = tree.id AND a.status = 'active'
        OFFSET 0
    ) AS hit
)
SELECT (SELECT tree.root_id FROM tree WHERE tree.id = s.contact_id) AS root_id, {COLUMNS}
FROM session AS s
WHERE s.id = ANY (ARRAY (SELECT found.id FROM found)) AND s.status = 'active'
ORDER BY s.id
FOR NO KEY UPDATE OF s
"""  # noqa: S608 - constants of this package

# What stands near messages of the past, by the provider's clock; closed or live, not merged.
_LOCK_PAST = f"""
{_TREE}, found AS MATERIALIZED (
    SELECT hit.id
    FROM tree
    CROSS JOIN unnest($2::uuid[], $3::uuid[]) AS asked (channel_id, project_id)
    CROSS JOIN LATERAL (
        SELECT p.id
        FROM session AS p
        WHERE p.project_id = asked.project_id AND p.contact_id = tree.id
          AND p.channel_id = asked.channel_id AND p.end_reason IS DISTINCT FROM 'merged'
          AND p.first_message_at <= $5::timestamptz + make_interval(secs => p.timeout_seconds)
          AND p.last_message_at >= $4::timestamptz - make_interval(secs => p.timeout_seconds)
        OFFSET 0
    ) AS hit
)
SELECT (SELECT tree.root_id FROM tree WHERE tree.id = s.contact_id) AS root_id, {COLUMNS}
FROM session AS s
WHERE s.id = ANY (ARRAY (SELECT found.id FROM found))
  AND s.end_reason IS DISTINCT FROM 'merged'
ORDER BY s.id
FOR NO KEY UPDATE OF s
"""  # noqa: S608 - constants of this package

_LOCK = f"""
SELECT {COLUMNS}, clock_timestamp() AS now
FROM session AS s
WHERE s.id = $1
FOR NO KEY UPDATE OF s
"""  # noqa: S608 - constants of this package

_INSERT = """
INSERT INTO session (
    tenant_id, id, project_id, contact_id, channel_id, channel_type, version, status, end_reason,
    started_at, last_activity_at, ended_at, timeout_seconds, timeout_source, inbound_messages,
    outbound_messages, first_message_at, last_message_at, first_contact_message_at,
    first_agent_response_at, waits, merged_into, historic
)
SELECT $1, n.*
FROM unnest(
    $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::integer[], $8::text[],
    $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
    $13::double precision[], $14::text[], $15::integer[], $16::integer[], $17::timestamptz[],
    $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::jsonb[], $22::uuid[],
    $23::boolean[]
) AS n
"""

_UPDATE = """
UPDATE session AS s
SET version = n.version, status = n.status, end_reason = n.end_reason,
    started_at = n.started_at, last_activity_at = n.last_activity_at, ended_at = n.ended_at,
    timeout_seconds = n.timeout_seconds, timeout_source = n.timeout_source,
    inbound_messages = n.inbound_messages, outbound_messages = n.outbound_messages,
    first_message_at = n.first_message_at, last_message_at = n.last_message_at,
    first_contact_message_at = n.first_contact_message_at,
    first_agent_response_at = n.first_agent_response_at, waits = n.waits,
    merged_into = n.merged_into, historic = n.historic
FROM unnest(
    $1::uuid[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
    $7::timestamptz[], $8::double precision[], $9::text[], $10::integer[], $11::integer[],
    $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::jsonb[],
    $17::uuid[], $18::boolean[]
) AS n (
    id, version, status, end_reason, started_at, last_activity_at, ended_at, timeout_seconds,
    timeout_source, inbound_messages, outbound_messages, first_message_at, last_message_at,
    first_contact_message_at, first_agent_response_at, waits, merged_into, historic
)
WHERE s.id = n.id AND s.id = ANY ($1::uuid[])
"""


_FIND = f"""
SELECT {COLUMNS}
FROM session AS s
WHERE s.project_id = $1 AND s.id = $2
"""  # noqa: S608 - constants of this package


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of the list ended."""

    started_at: datetime
    id: UUID


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions a list has; None narrows nothing."""

    project_id: UUID
    status: Status | None = None
    contact_ids: list[UUID] | None = None
    channel_id: UUID | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None


async def find(tx: Tx, project_id: UUID, session_id: UUID) -> Session | None:
    """A session of a project, without a lock."""
    row = await tx.fetchrow(_FIND, project_id, session_id)
    return None if row is None else session_of(row)


async def newest(
    tx: Tx, narrowing: Narrowing, *, beyond: Position | None, limit: int
) -> list[Session]:
    """At most `limit` sessions, newest first.

    Only conditions that are asked for stand in the statement, so that each combination has a plan
    that starts at its place in an index.
    """
    conditions = ["s.project_id = $1"]
    values: list[object] = [narrowing.project_id]

    def add(condition: str, *given: object) -> None:
        places = [f"${len(values) + i + 1}" for i in range(len(given))]
        conditions.append(condition.format(*places))
        values.extend(given)

    if narrowing.status is not None:
        conditions.append(_OF_STATUS[narrowing.status])
    if narrowing.contact_ids is not None:
        add("s.contact_id = ANY ({})", narrowing.contact_ids)
    if narrowing.channel_id is not None:
        add("s.channel_id = {}", narrowing.channel_id)
    if narrowing.started_after is not None:
        add("s.started_at >= {}", narrowing.started_after)
    if beyond is not None:
        add("(s.started_at, s.id) < ({}, {})", beyond.started_at, beyond.id)
    elif narrowing.started_before is not None:
        add("s.started_at < {}", narrowing.started_before)
    add("true ORDER BY s.started_at DESC, s.id DESC LIMIT {}", limit)
    where = " AND ".join(conditions)
    rows = await tx.fetch(f"SELECT {COLUMNS} FROM session AS s WHERE {where}", *values)  # noqa: S608 - constants of this module and places of values
    return [session_of(row) for row in rows]


# The literal lets the planner use the index of what is active.
_OF_STATUS: dict[Status, str] = {
    "active": "s.status = 'active'",
    "ended": "s.status = 'ended'",
}


async def lock_conversations(
    tx: Tx, roots: Collection[UUID], channels: Collection[UUID], since: datetime
) -> list[tuple[UUID, Session]]:
    """Lock what messages of these people on these channels, received at `since` or later, may
    concern: active sessions, and sessions that ended by inactivity not before `since`.

    Returns pairs of a root and a session.
    """
    rows = await tx.fetch(_LOCK_CONVERSATIONS, list(roots), list(channels), since)
    return [(row["root_id"], session_of(row)) for row in rows]


async def lock_active_of_people(tx: Tx, roots: Collection[UUID]) -> list[tuple[UUID, Session]]:
    """Lock the active sessions of these people on all channels; pairs of root and session."""
    rows = await tx.fetch(_LOCK_ACTIVE_OF_PEOPLE, list(roots))
    return [(row["root_id"], session_of(row)) for row in rows]


async def lock_past(
    tx: Tx,
    roots: Collection[UUID],
    channels: Collection[tuple[UUID, UUID]],
    first: datetime,
    last: datetime,
) -> list[tuple[UUID, Session]]:
    """Lock what messages between `first` and `last`, by the provider's clock, may belong to.

    `channels` are pairs of a channel and its project. Returns pairs of a root and a session.
    """
    pairs = sorted(channels)
    rows = await tx.fetch(
        _LOCK_PAST,
        list(roots),
        [channel for channel, _ in pairs],
        [project for _, project in pairs],
        first,
        last,
    )
    return [(row["root_id"], session_of(row)) for row in rows]


async def lock(tx: Tx, session_id: UUID) -> tuple[Session, datetime] | None:
    """Lock one session; with it the database's clock, which the deadline is compared with."""
    row = await tx.fetchrow(_LOCK, session_id)
    return None if row is None else (session_of(row), row["now"])


async def save(tx: Tx, changed: Sequence[Session], opened: Sequence[Session] = ()) -> None:
    """Write sessions that are locked and changed, then those that are new.

    In this order, because an active session that ends makes room for a new one.
    """
    if changed:
        await tx.execute(_UPDATE, *_columns([(s.id, *_state(s)) for s in changed]))
    if opened:
        rows = [
            (s.id, s.project_id, s.contact_id, s.channel_id, s.channel_type, *_state(s))
            for s in opened
        ]
        await tx.execute(_INSERT, opened[0].tenant_id, *_columns(rows))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _state(session: Session) -> tuple[Any, ...]:
    """What may change, in the order of both statements."""
    return (
        session.version,
        session.status,
        session.end_reason,
        session.started_at,
        session.last_activity_at,
        session.ended_at,
        session.timeout.seconds,
        session.timeout.source,
        session.inbound_messages,
        session.outbound_messages,
        session.first_message_at,
        session.last_message_at,
        session.first_contact_message_at,
        session.first_agent_response_at,
        msgspec.json.encode(session.waits).decode(),
        session.merged_into,
        session.historic,
    )
