"""Rows of `project`."""

from datetime import datetime
from uuid import UUID

from platform_postgres import Tx
from ventros_identity.domain.project import Project

_COLUMNS = """
    tenant_id, id, name, description, time_zone, session_timeout_minutes, active, version,
    created_at, updated_at
"""

_INSERT = f"""
INSERT INTO project (tenant_id, id, name, description, time_zone, session_timeout_minutes)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING {_COLUMNS}
"""  # noqa: S608 - column names of ours

_FIND = f"""
SELECT {_COLUMNS} FROM project
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
"""  # noqa: S608

_UPDATE = f"""
UPDATE project
SET name = $3, description = $4, time_zone = $5, session_timeout_minutes = $6, active = $7,
    version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING {_COLUMNS}
"""  # noqa: S608

_DELETE = """
UPDATE project
SET deleted_at = now(), active = false, version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING version
"""

_PAGE = f"""
SELECT {_COLUMNS} FROM project
WHERE tenant_id = $1 AND deleted_at IS NULL
  AND ($2::uuid IS NULL OR id > $2)
  AND ($3::boolean IS NULL OR active = $3)
ORDER BY id
LIMIT $4
"""  # noqa: S608

_ALL = f"""
SELECT {_COLUMNS}, deleted_at FROM project
WHERE tenant_id = $1 AND id > $2
ORDER BY id LIMIT $3
"""  # noqa: S608

_OLDEST_ACTIVE = f"""
SELECT {_COLUMNS} FROM project
WHERE tenant_id = $1 AND deleted_at IS NULL AND active
ORDER BY id
LIMIT 1
"""  # noqa: S608


async def insert(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    *,
    name: str,
    description: str,
    time_zone: str,
    session_timeout_minutes: float | None,
) -> Project:
    """Add a project."""
    row = await tx.fetchrow(
        _INSERT, tenant_id, project_id, name, description, time_zone, session_timeout_minutes
    )
    if row is None:
        raise LookupError("an INSERT returned no row")
    return Project(**row)


async def find(tx: Tx, tenant_id: UUID, project_id: UUID, *, lock: bool = False) -> Project | None:
    """The project, if it is there and not deleted; `lock` holds it until the end."""
    row = await tx.fetchrow(_FIND + (" FOR NO KEY UPDATE" if lock else ""), tenant_id, project_id)
    return Project(**row) if row else None


async def hold_active(tx: Tx, tenant_id: UUID, project_id: UUID) -> bool:
    """Whether the project lets people in; if so it goes on to until the end."""
    statement = (
        "SELECT 1 FROM project"
        " WHERE tenant_id = $1 AND id = $2 AND active AND deleted_at IS NULL FOR SHARE"
    )
    return await tx.fetchval(statement, tenant_id, project_id) is not None


async def update(tx: Tx, project: Project) -> Project:
    """Write all of a project's values; its version rises by one."""
    row = await tx.fetchrow(
        _UPDATE,
        project.tenant_id,
        project.id,
        project.name,
        project.description,
        project.time_zone,
        project.session_timeout_minutes,
        project.active,
    )
    if row is None:
        raise LookupError("the project was locked and is gone")
    return Project(**row)


async def delete(tx: Tx, tenant_id: UUID, project_id: UUID) -> int | None:
    """Mark a project as deleted; its version then, or None if it is not there."""
    version: int | None = await tx.fetchval(_DELETE, tenant_id, project_id)
    return version


async def count(tx: Tx, tenant_id: UUID) -> int:
    """How many projects a tenant has."""
    number: int = await tx.fetchval(
        "SELECT count(*) FROM project WHERE tenant_id = $1 AND deleted_at IS NULL", tenant_id
    )
    return number


async def page(
    tx: Tx, tenant_id: UUID, *, after: UUID | None, active: bool | None, limit: int
) -> list[Project]:
    """Projects in the order of their creation."""
    rows = await tx.fetch(_PAGE, tenant_id, after, active, limit)
    return [Project(**row) for row in rows]


async def all_after(
    tx: Tx, tenant_id: UUID, after: UUID, limit: int
) -> list[tuple[Project, datetime | None]]:
    """Projects in the order of their ids, each with when it was deleted, if it was."""
    found = []
    for row in await tx.fetch(_ALL, tenant_id, after, limit):
        fields = dict(row)
        deleted_at: datetime | None = fields.pop("deleted_at")
        found.append((Project(**fields), deleted_at))
    return found


async def oldest_active(tx: Tx, tenant_id: UUID) -> Project | None:
    """The project that a sign-in without a choice leads to."""
    row = await tx.fetchrow(_OLDEST_ACTIVE, tenant_id)
    return Project(**row) if row else None
