"""Rows of `sign_in` and of its `refresh_token` family."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from platform_postgres import Tx
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.sign_in import EndReason, Lifetimes, SignIn

_COLUMNS = """
    tenant_id, id, user_id, project_id, address, user_agent, created_at, last_used_at, idle_at,
    expires_at, application_id, scopes, provider_id
"""
_OPEN = "ended_at IS NULL AND idle_at > now() AND expires_at > now()"
_LONGEST_USER_AGENT = 400
_SWEPT = 20

# A person's sign-ins that are long over go with the next one.
_INSERT = f"""
WITH old AS (
    DELETE FROM sign_in
    WHERE tenant_id = $1 AND id = ANY (ARRAY (
        SELECT id FROM sign_in
        WHERE tenant_id = $1 AND user_id = $3
          AND (ended_at < now() - interval '30 days' OR expires_at < now() - interval '30 days')
        LIMIT {_SWEPT}
    ))
)
INSERT INTO sign_in (
    tenant_id, id, user_id, project_id, address, user_agent, idle_at, expires_at,
    application_id, scopes, provider_id
)
VALUES (
    $1, $2, $3, $4, $5, $6, now() + least($7::interval, $8::interval), now() + $8, $9, $10, $11
)
RETURNING {_COLUMNS}
"""  # noqa: S608 - names and numbers of ours

_PAGE = f"""
SELECT {_COLUMNS} FROM sign_in
WHERE tenant_id = $1 AND user_id = $2 AND {_OPEN} AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC
LIMIT $4
"""  # noqa: S608

# The tokens of what has ended are of no more use.
_END = """
WITH ended AS (
    UPDATE sign_in SET ended_at = now(), end_reason = $5
    WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL
      AND ($3::uuid IS NULL OR id = $3) AND ($4::uuid IS NULL OR id <> $4)
    RETURNING id
), gone AS (
    DELETE FROM refresh_token WHERE tenant_id = $1 AND sign_in_id IN (SELECT id FROM ended)
)
SELECT id FROM ended ORDER BY id
"""

# One that is long over needs no end; the tokens of one that is just over may be around.
_END_OF_PROJECT = """
WITH ended AS (
    UPDATE sign_in SET ended_at = now(), end_reason = $3
    WHERE tenant_id = $1 AND project_id = $2 AND ended_at IS NULL
      AND least(idle_at, expires_at) > now() - interval '1 hour'
    RETURNING id, user_id
), gone AS (
    DELETE FROM refresh_token WHERE tenant_id = $1 AND sign_in_id IN (SELECT id FROM ended)
)
SELECT id, user_id FROM ended ORDER BY id
"""

_END_OF_APPLICATION = """
WITH ended AS (
    UPDATE sign_in SET ended_at = now(), end_reason = $4
    WHERE tenant_id = $1 AND application_id = $2 AND ($3::uuid IS NULL OR user_id = $3)
      AND ended_at IS NULL AND least(idle_at, expires_at) > now() - interval '1 hour'
    RETURNING id, user_id
), gone AS (
    DELETE FROM refresh_token WHERE tenant_id = $1 AND sign_in_id IN (SELECT id FROM ended)
)
SELECT id, user_id FROM ended ORDER BY id
"""

_END_OF_PROVIDER = """
WITH ended AS (
    UPDATE sign_in SET ended_at = now(), end_reason = $5
    WHERE tenant_id = $1 AND provider_id = $2 AND ($3::uuid IS NULL OR user_id = $3)
      AND ($4::uuid IS NULL OR id <> $4)
      AND ended_at IS NULL AND least(idle_at, expires_at) > now() - interval '1 hour'
    RETURNING id, user_id
), gone AS (
    DELETE FROM refresh_token WHERE tenant_id = $1 AND sign_in_id IN (SELECT id FROM ended)
)
SELECT id, user_id FROM ended ORDER BY id
"""

_LOCK = f"""
SELECT {_COLUMNS} FROM sign_in
WHERE tenant_id = $1 AND {_OPEN}
  AND id = (SELECT sign_in_id FROM refresh_token WHERE tenant_id = $1 AND hash = $2)
FOR UPDATE
"""  # noqa: S608

_READ = """
SELECT hash, expires_at, used_at, successor, clock_timestamp() AS now FROM refresh_token
WHERE tenant_id = $1 AND hash = $2
"""

_ADD = """
INSERT INTO refresh_token (tenant_id, hash, sign_in_id, expires_at)
SELECT tenant_id, $3, id, least(now() + $4::interval, expires_at) FROM sign_in
WHERE tenant_id = $1 AND id = $2
"""

# Successors that can no longer be asked for are forgotten, tokens that have expired go.
_USE = """
WITH forgotten AS (
    UPDATE refresh_token SET successor = NULL
    WHERE tenant_id = $1 AND sign_in_id = $2 AND hash <> $3 AND successor IS NOT NULL
      AND used_at < now() - interval '1 minute'
), expired AS (
    DELETE FROM refresh_token WHERE tenant_id = $1 AND sign_in_id = $2 AND expires_at < now()
)
UPDATE refresh_token SET used_at = clock_timestamp(), successor = $4
WHERE tenant_id = $1 AND hash = $3
"""

_TOUCH = """
UPDATE sign_in
SET last_used_at = now(), idle_at = least(now() + $3::interval, expires_at), address = $4,
    user_agent = $5
WHERE tenant_id = $1 AND id = $2
"""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token as it is stored; `now` is the database's clock when it was read."""

    hash: bytes
    expires_at: datetime
    used_at: datetime | None
    successor: bytes | None
    now: datetime


async def insert(
    tx: Tx,
    tenant_id: UUID,
    sign_in_id: UUID,
    *,
    user_id: UUID,
    project_id: UUID,
    origin: Origin,
    lifetimes: Lifetimes,
    application_id: UUID | None = None,
    scopes: Sequence[str] | None = None,
    provider_id: UUID | None = None,
) -> SignIn:
    """Add a sign-in: a person's own, or an application's for a person with what it may do."""
    row = await tx.fetchrow(
        _INSERT,
        tenant_id,
        sign_in_id,
        user_id,
        project_id,
        origin.address,
        _agent(origin),
        lifetimes.idle,
        lifetimes.longest,
        application_id,
        scopes,
        provider_id,
    )
    if row is None:
        raise LookupError("an INSERT returned no row")
    return _sign_in(row)


async def page(
    tx: Tx, tenant_id: UUID, user_id: UUID, *, before: UUID | None, limit: int
) -> list[SignIn]:
    """A user's open sign-ins, newest first."""
    return [_sign_in(row) for row in await tx.fetch(_PAGE, tenant_id, user_id, before, limit)]


async def end(tx: Tx, tenant_id: UUID, user_id: UUID, sign_in_id: UUID, reason: EndReason) -> bool:
    """End one of a user's sign-ins; False if there is none that is open."""
    return bool(await tx.fetch(_END, tenant_id, user_id, sign_in_id, None, reason))


async def end_all(
    tx: Tx,
    tenant_id: UUID,
    user_id: UUID,
    reason: EndReason = "user_disabled",
    *,
    but: UUID | None = None,
) -> Sequence[UUID]:
    """End all of a user's sign-ins (but one); the ids of those that were open.

    The caller says so with `events.access.revoke` in the same transaction.
    """
    rows = await tx.fetch(_END, tenant_id, user_id, None, but, reason)
    return [row["id"] for row in rows]


async def end_of_project(
    tx: Tx, tenant_id: UUID, project_id: UUID, reason: EndReason = "project_closed"
) -> Mapping[UUID, UUID]:
    """End every sign-in that is in a project; whose each of them was.

    The caller says so with `events.access.revoke_all` in the same transaction.
    """
    rows = await tx.fetch(_END_OF_PROJECT, tenant_id, project_id, reason)
    return {row["id"]: row["user_id"] for row in rows}


async def end_of_application(
    tx: Tx,
    tenant_id: UUID,
    application_id: UUID,
    reason: EndReason,
    *,
    user_id: UUID | None = None,
) -> Mapping[UUID, UUID]:
    """End what an application has for one person, or for everybody; whose each of them was.

    The caller says so with `events.access.revoke_all` in the same transaction.
    """
    rows = await tx.fetch(_END_OF_APPLICATION, tenant_id, application_id, user_id, reason)
    return {row["id"]: row["user_id"] for row in rows}


async def end_of_provider(
    tx: Tx,
    tenant_id: UUID,
    provider_id: UUID,
    reason: EndReason,
    *,
    user_id: UUID | None = None,
    but: UUID | None = None,
) -> Mapping[UUID, UUID]:
    """End what came in by a provider, of one person or of everybody (but one sign-in); whose each
    of them was.

    The caller says so with `events.access.revoke_all` in the same transaction.
    """
    rows = await tx.fetch(_END_OF_PROVIDER, tenant_id, provider_id, user_id, but, reason)
    return {row["id"]: row["user_id"] for row in rows}


async def move(tx: Tx, tenant_id: UUID, sign_in_id: UUID, project_id: UUID) -> None:
    """From here on the sign-in is refreshed into another project."""
    await tx.execute(
        "UPDATE sign_in SET project_id = $3 WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        sign_in_id,
        project_id,
    )


async def project_of(tx: Tx, tenant_id: UUID, ids: Sequence[UUID]) -> UUID | None:
    """The project that one of these sign-ins is in."""
    project_id: UUID | None = await tx.fetchval(
        "SELECT project_id FROM sign_in WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) LIMIT 1",
        tenant_id,
        ids,
    )
    return project_id


async def lock_by_token(tx: Tx, tenant_id: UUID, token_hash: bytes) -> SignIn | None:
    """The open sign-in that a refresh token belongs to, held until the end."""
    row = await tx.fetchrow(_LOCK, tenant_id, token_hash)
    return _sign_in(row) if row else None


async def token(tx: Tx, tenant_id: UUID, token_hash: bytes) -> Token | None:
    """A refresh token. Lock its sign-in first: only then is it known whether it was used."""
    row = await tx.fetchrow(_READ, tenant_id, token_hash)
    return Token(**row) if row else None


async def add_token(
    tx: Tx, tenant_id: UUID, sign_in_id: UUID, token_hash: bytes, lifetimes: Lifetimes
) -> None:
    """Add a refresh token to the family; it lasts no longer than its sign-in."""
    await tx.execute(_ADD, tenant_id, sign_in_id, token_hash, lifetimes.idle)


async def use_token(
    tx: Tx, tenant_id: UUID, sign_in_id: UUID, token_hash: bytes, *, successor: bytes
) -> None:
    """Mark a refresh token as used, with its successor under seal."""
    await tx.execute(_USE, tenant_id, sign_in_id, token_hash, successor)


async def touch(tx: Tx, sign_in: SignIn, origin: Origin, lifetimes: Lifetimes) -> None:
    """Say that a sign-in was used, and from where."""
    await tx.execute(
        _TOUCH, sign_in.tenant_id, sign_in.id, lifetimes.idle, origin.address, _agent(origin)
    )


def _agent(origin: Origin) -> str | None:
    return None if origin.user_agent is None else origin.user_agent[:_LONGEST_USER_AGENT]


def _sign_in(row: asyncpg.Record) -> SignIn:
    return SignIn(**row)
