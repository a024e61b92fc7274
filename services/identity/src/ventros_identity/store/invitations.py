"""Rows of `invitation`."""

from datetime import timedelta
from uuid import UUID

import asyncpg

from platform_postgres import Tx
from ventros_identity.domain.invitation import Invitation, InvitedMeanwhile
from ventros_identity.domain.member import ProjectRoleName
from ventros_identity.domain.user import RoleName

_COLUMNS = """
    tenant_id, id, email, role, project_id, project_role, invited_by, invited_in, created_at,
    expires_at
"""
_OPEN = "accepted_at IS NULL AND revoked_at IS NULL"

_REPLACE = f"""
UPDATE invitation SET revoked_at = now()
WHERE tenant_id = $1 AND email = $2 AND {_OPEN}
"""  # noqa: S608 - names of ours

_INSERT = f"""
INSERT INTO invitation (
    tenant_id, id, email, role, project_id, project_role, token_hash, invited_by, invited_in,
    expires_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10)
RETURNING {_COLUMNS}
"""  # noqa: S608

_PAGE = f"""
SELECT {_COLUMNS} FROM invitation
WHERE tenant_id = $1 AND {_OPEN} AND expires_at > now() AND ($2::uuid IS NULL OR id > $2)
ORDER BY id
LIMIT $3
"""  # noqa: S608

_REVOKE = f"""
UPDATE invitation SET revoked_at = now()
WHERE tenant_id = $1 AND id = $2 AND {_OPEN}
RETURNING {_COLUMNS}
"""  # noqa: S608

_FIND = f"""
SELECT {_COLUMNS} FROM invitation
WHERE tenant_id = $1 AND token_hash = $2 AND {_OPEN} AND expires_at > now()
"""  # noqa: S608

# Of two who come with the same link, the second waits for the first and finds it used.
_ACCEPT = f"""
UPDATE invitation SET accepted_at = now()
WHERE tenant_id = $1 AND token_hash = $2 AND {_OPEN} AND expires_at > now()
RETURNING {_COLUMNS}
"""  # noqa: S608


async def insert(
    tx: Tx,
    tenant_id: UUID,
    invitation_id: UUID,
    *,
    email: str,
    role: RoleName,
    project_id: UUID | None,
    project_role: ProjectRoleName | None,
    token_hash: bytes,
    invited_by: UUID,
    invited_in: UUID,
    life: timedelta,
) -> Invitation:
    """Add an invitation in the place of an open one of the address. Raises `InvitedMeanwhile`."""
    await tx.execute(_REPLACE, tenant_id, email)
    try:
        row = await tx.fetchrow(
            _INSERT,
            tenant_id,
            invitation_id,
            email,
            role,
            project_id,
            project_role,
            token_hash,
            invited_by,
            invited_in,
            life,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "invitation_open":
            raise
        raise InvitedMeanwhile("The address is being invited at this moment.") from error
    if row is None:
        raise LookupError("an INSERT returned no row")
    return Invitation(**row)


async def page(tx: Tx, tenant_id: UUID, *, after: UUID | None, limit: int) -> list[Invitation]:
    """Open invitations in the order in which they were made."""
    return [Invitation(**row) for row in await tx.fetch(_PAGE, tenant_id, after, limit)]


async def revoke(tx: Tx, tenant_id: UUID, invitation_id: UUID) -> Invitation | None:
    """Take an open invitation back; None if there is none."""
    row = await tx.fetchrow(_REVOKE, tenant_id, invitation_id)
    return Invitation(**row) if row else None


async def find(tx: Tx, tenant_id: UUID, token_hash: bytes) -> Invitation | None:
    """The open invitation of a token."""
    row = await tx.fetchrow(_FIND, tenant_id, token_hash)
    return Invitation(**row) if row else None


async def accept(tx: Tx, tenant_id: UUID, token_hash: bytes) -> Invitation | None:
    """Use an open invitation up; None if it is not good."""
    row = await tx.fetchrow(_ACCEPT, tenant_id, token_hash)
    return Invitation(**row) if row else None
