"""Rows of `project_member`, and which projects a user may enter."""

from uuid import UUID

import asyncpg
import msgspec

from platform_postgres import Tx
from ventros_identity.domain.member import AlreadyMember, Member, ProjectRoleName, UnknownUser

_COLUMNS = """
    m.tenant_id, m.id, m.project_id, m.user_id, m.role, m.invited_by, m.invited_at, m.version,
    m.created_at, m.updated_at, u.name, u.email
"""
_WITH_USER = "JOIN user_account u ON u.tenant_id = m.tenant_id AND u.id = m.user_id"

_INSERT = f"""
WITH m AS (
    INSERT INTO project_member (tenant_id, id, project_id, user_id, role, invited_by)
    VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING *
)
SELECT {_COLUMNS} FROM m {_WITH_USER}
"""  # noqa: S608 - column names of ours

_FIND = f"""
SELECT {_COLUMNS} FROM project_member m {_WITH_USER}
WHERE m.tenant_id = $1 AND m.project_id = $2 AND m.id = $3
"""  # noqa: S608

_SET_ROLE = f"""
WITH m AS (
    UPDATE project_member SET role = $3, version = version + 1, updated_at = now()
    WHERE tenant_id = $1 AND id = $2
    RETURNING *
)
SELECT {_COLUMNS} FROM m {_WITH_USER}
"""  # noqa: S608

_PAGE = f"""
SELECT {_COLUMNS} FROM project_member m {_WITH_USER}
WHERE m.tenant_id = $1 AND m.project_id = $2 AND ($3::uuid IS NULL OR m.id > $3)
ORDER BY m.id
LIMIT $4
"""  # noqa: S608

# $4 says whether the user's role in the tenant needs a membership.
_ENTERABLE = """
SELECT p.id, p.name, m.role FROM project p
LEFT JOIN project_member m
    ON m.tenant_id = p.tenant_id AND m.project_id = p.id AND m.user_id = $2
WHERE p.tenant_id = $1 AND p.active AND p.deleted_at IS NULL
  AND ($3::uuid IS NULL OR p.id = $3)
  AND (NOT $4 OR m.id IS NOT NULL)
  AND ($5::uuid IS NULL OR p.id > $5)
ORDER BY p.id
LIMIT $6
"""


class Enterable(msgspec.Struct, frozen=True, kw_only=True):
    """A project that a user may enter, and the role there; None: the role in the tenant counts."""

    id: UUID
    name: str
    role: ProjectRoleName | None


async def insert(
    tx: Tx,
    tenant_id: UUID,
    member_id: UUID,
    *,
    project_id: UUID,
    user_id: UUID,
    role: ProjectRoleName,
    invited_by: UUID | None,
) -> Member:
    """Add a member. Raises `AlreadyMember`, `UnknownUser`."""
    try:
        row = await tx.fetchrow(
            _INSERT, tenant_id, member_id, project_id, user_id, role, invited_by
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "project_member_once":
            raise
        raise AlreadyMember("The user is a member of this project already.") from error
    except asyncpg.ForeignKeyViolationError as error:
        if error.constraint_name != "project_member_user":
            raise
        raise UnknownUser("No user has this id.") from error
    if row is None:
        raise LookupError("an INSERT returned no row")
    return Member(**row)


async def find(
    tx: Tx, tenant_id: UUID, project_id: UUID, member_id: UUID, *, lock: bool = False
) -> Member | None:
    """The member, if there; `lock` holds it until the end."""
    row = await tx.fetchrow(
        _FIND + (" FOR UPDATE OF m" if lock else ""), tenant_id, project_id, member_id
    )
    return Member(**row) if row else None


async def set_role(tx: Tx, member: Member, role: ProjectRoleName) -> Member:
    """Give a member that is locked another role."""
    row = await tx.fetchrow(_SET_ROLE, member.tenant_id, member.id, role)
    if row is None:
        raise LookupError("the member was locked and is gone")
    return Member(**row)


async def delete(tx: Tx, member: Member) -> None:
    """Take a member out."""
    await tx.execute(
        "DELETE FROM project_member WHERE tenant_id = $1 AND id = $2", member.tenant_id, member.id
    )


async def page(
    tx: Tx, tenant_id: UUID, project_id: UUID, *, after: UUID | None, limit: int
) -> list[Member]:
    """Members in the order in which they came."""
    return [Member(**row) for row in await tx.fetch(_PAGE, tenant_id, project_id, after, limit)]


async def enterable(
    tx: Tx,
    tenant_id: UUID,
    user_id: UUID,
    *,
    members_only: bool,
    project_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 1,
) -> list[Enterable]:
    """Active projects that the user may enter, oldest first; or the one that is asked for.

    `members_only`: the user's role in the tenant needs a membership; else it counts for nothing.
    """
    rows = await tx.fetch(_ENTERABLE, tenant_id, user_id, project_id, members_only, after, limit)
    return [
        Enterable(id=row["id"], name=row["name"], role=row["role"] if members_only else None)
        for row in rows
    ]
