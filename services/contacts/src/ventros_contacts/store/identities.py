"""Identities: lock, look up, add, vouch for, take away."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from platform_postgres import Tx
from proto_events.conversation import IdentityKind
from ventros_contacts.domain.identity import IdentityKey, lock_number

Source = Literal["provider", "api"]

_LOCK = """
SELECT pg_advisory_xact_lock(lock.number) FROM unnest($1::bigint[]) AS lock (number)
"""

_LOOK_UP = """
SELECT i.project_id, i.kind, i.value, i.contact_id, i.verified
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS asked (project_id, kind, value)
JOIN contact_identity AS i
    ON i.project_id = asked.project_id AND i.kind = asked.kind AND i.value = asked.value
"""

_ADD = """
INSERT INTO contact_identity
    (tenant_id, project_id, kind, value, contact_id, verified, source, created_at)
SELECT $1, row.project_id, row.kind, row.value, row.contact_id, $6::text = 'provider', $6, $7
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[])
    AS row (project_id, kind, value, contact_id)
"""

_VERIFY = """
UPDATE contact_identity AS i
SET verified = true
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS row (project_id, kind, value)
WHERE i.project_id = row.project_id AND i.kind = row.kind AND i.value = row.value
"""

_WITHDRAW = """
DELETE FROM contact_identity AS i
USING unnest($1::uuid[], $2::text[], $3::text[]) AS row (project_id, kind, value)
WHERE i.project_id = row.project_id AND i.kind = row.kind AND i.value = row.value
    AND NOT i.verified AND i.contact_id = $4
"""

_OF_CONTACTS = """
SELECT i.kind, i.value, i.contact_id, i.verified, i.source, i.created_at
FROM contact_identity AS i
WHERE i.contact_id = ANY ($1::uuid[])
    AND ($2::text IS NULL OR (i.kind, i.value) > ($2, $3))
ORDER BY i.kind, i.value
LIMIT $4
"""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One identity; `contact_id` is the node that has it."""

    kind: IdentityKind
    value: str
    contact_id: UUID
    verified: bool
    source: Source
    created_at: datetime


class Owner(msgspec.Struct, frozen=True):
    """Whose an identity is."""

    contact_id: UUID
    verified: bool


async def lock(tx: Tx, tenant_id: UUID, keys: Iterable[IdentityKey]) -> None:
    """Keep others from giving these identities to a contact until this transaction ends.

    To be taken before any contact's row is locked, once per transaction and tenant: the locks are
    taken in the order of their numbers, so that two who want the same do not deadlock.
    """
    numbers = sorted({lock_number(tenant_id, key) for key in keys})
    if numbers:
        await tx.execute(_LOCK, numbers)


async def owners(tx: Tx, keys: Collection[IdentityKey]) -> dict[IdentityKey, Owner]:
    """The owner of each identity that is known."""
    rows = await tx.fetch(_LOOK_UP, *_columns(keys))
    return {
        IdentityKey(row["project_id"], row["kind"], row["value"]): Owner(
            row["contact_id"], row["verified"]
        )
        for row in rows
    }


async def add(
    tx: Tx,
    tenant_id: UUID,
    given: Mapping[IdentityKey, UUID],
    *,
    source: Source,
    now: datetime,
) -> None:
    """Give identities that are locked and free to contacts; what a provider told is verified."""
    if given:
        await tx.execute(_ADD, tenant_id, *_columns(given), list(given.values()), source, now)


async def verify(tx: Tx, keys: Collection[IdentityKey]) -> None:
    """Note that a provider vouched for identities that a user had given."""
    if keys:
        await tx.execute(_VERIFY, *_columns(keys))


async def withdraw(tx: Tx, contact_id: UUID, keys: Collection[IdentityKey]) -> None:
    """Take away identities of a contact that only users gave; proven ones stay."""
    if keys:
        await tx.execute(_WITHDRAW, *_columns(keys), contact_id)


async def of_contacts(
    tx: Tx, nodes: Sequence[UUID], *, after: tuple[str, str] | None, limit: int
) -> list[Identity]:
    """Identities of contacts, sorted by kind and value, beyond `after`."""
    kind, value = after or (None, None)
    rows = await tx.fetch(_OF_CONTACTS, nodes, kind, value, limit)
    return [Identity(**row) for row in rows]


def _columns(keys: Collection[IdentityKey]) -> tuple[Sequence[UUID], Sequence[str], Sequence[str]]:
    return [key.project_id for key in keys], [key.kind for key in keys], [k.value for k in keys]
