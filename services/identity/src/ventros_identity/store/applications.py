"""Rows of `application` and `application_secret`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_identity.domain.application import (
    SECRET_LAST_USE,
    Application,
    ApplicationSecret,
)

_COLUMNS = """
    tenant_id, id, name, kind, redirect_uris, scopes, project_id, enabled, created_by, version,
    created_at, updated_at
"""
_COLUMNS_OF_SECRETS = "id, application_id, created_by, created_at, last_used_at"

_INSERT = f"""
INSERT INTO application (
    tenant_id, id, name, kind, redirect_uris, scopes, project_id, enabled, created_by, version,
    created_at, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
RETURNING {_COLUMNS}
"""  # noqa: S608 - column names of ours

_FIND = f"""
SELECT {_COLUMNS} FROM application WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
"""  # noqa: S608

_PAGE = f"""
SELECT {_COLUMNS} FROM application
WHERE tenant_id = $1 AND deleted_at IS NULL AND ($2::uuid IS NULL OR id > $2)
ORDER BY id
LIMIT $3
"""  # noqa: S608

_UPDATE = f"""
UPDATE application
SET name = $3, redirect_uris = $4, scopes = $5, project_id = $6, enabled = $7,
    version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING {_COLUMNS}
"""  # noqa: S608

_DELETE = f"""
WITH secrets AS (
    DELETE FROM application_secret WHERE tenant_id = $1 AND application_id = $2
)
UPDATE application SET enabled = false, deleted_at = now(), version = version + 1,
    updated_at = now()
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING {_COLUMNS}
"""  # noqa: S608

_INSERT_SECRET = f"""
INSERT INTO application_secret (tenant_id, id, application_id, secret_hash, created_by)
VALUES ($1, $2, $3, $4, $5)
RETURNING {_COLUMNS_OF_SECRETS}
"""  # noqa: S608

_SECRETS = f"""
SELECT {_COLUMNS_OF_SECRETS} FROM application_secret
WHERE tenant_id = $1 AND application_id = $2 AND ($3::uuid IS NULL OR id > $3)
ORDER BY id
LIMIT $4
"""  # noqa: S608

_DELETE_SECRET = f"""
DELETE FROM application_secret WHERE tenant_id = $1 AND application_id = $2 AND id = $3
RETURNING {_COLUMNS_OF_SECRETS}
"""  # noqa: S608

# Several ask for tokens at the same time: of these, one writes.
_USED = """
UPDATE application_secret SET last_used_at = now()
WHERE tenant_id = $1 AND id = $2
  AND (last_used_at IS NULL OR last_used_at <= now() - $3::interval)
"""


class KeptSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What a secret is compared with."""

    id: UUID
    secret_hash: bytes
    last_used_at: datetime | None


async def insert(tx: Tx, application: Application) -> Application:
    """Add an application."""
    row = await tx.fetchrow(_INSERT, *msgspec.structs.astuple(application))
    if row is None:
        raise LookupError("an INSERT returned no row")
    return Application(**row)


async def find(
    tx: Tx, tenant_id: UUID, application_id: UUID, *, lock: bool = False, hold: bool = False
) -> Application | None:
    """An application that was not deleted.

    `lock` is for who changes it, `hold` for who relies on it until the end.
    """
    statement = _FIND + (" FOR UPDATE" if lock else " FOR SHARE" if hold else "")
    row = await tx.fetchrow(statement, tenant_id, application_id)
    return Application(**row) if row else None


async def page(tx: Tx, tenant_id: UUID, *, after: UUID | None, limit: int) -> list[Application]:
    """The tenant's applications, in the order in which they were made."""
    return [Application(**row) for row in await tx.fetch(_PAGE, tenant_id, after, limit)]


async def update(tx: Tx, application: Application) -> Application:
    """Write an application that is locked; its version rises by one."""
    row = await tx.fetchrow(
        _UPDATE,
        application.tenant_id,
        application.id,
        application.name,
        application.redirect_uris,
        application.scopes,
        application.project_id,
        application.enabled,
    )
    if row is None:
        raise LookupError("the application was locked and is gone")
    return Application(**row)


async def delete(tx: Tx, tenant_id: UUID, application_id: UUID) -> Application | None:
    """Delete an application and its secrets; None if there is none."""
    row = await tx.fetchrow(_DELETE, tenant_id, application_id)
    return Application(**row) if row else None


async def tenant_of(tx: Tx, application_id: UUID) -> UUID | None:
    """Whose application it is; for the system role, which sees no more of it."""
    found: UUID | None = await tx.fetchval(
        "SELECT tenant_id FROM application WHERE id = $1", application_id
    )
    return found


async def insert_secret(
    tx: Tx,
    tenant_id: UUID,
    secret_id: UUID,
    *,
    application_id: UUID,
    secret_hash: bytes,
    created_by: UUID,
) -> ApplicationSecret:
    """Add a secret. Lock the application first: only then is it known how many there are."""
    row = await tx.fetchrow(
        _INSERT_SECRET, tenant_id, secret_id, application_id, secret_hash, created_by
    )
    if row is None:
        raise LookupError("an INSERT returned no row")
    return ApplicationSecret(**row)


async def secrets_page(
    tx: Tx, tenant_id: UUID, application_id: UUID, *, after: UUID | None, limit: int
) -> list[ApplicationSecret]:
    """The secrets of an application, oldest first."""
    rows = await tx.fetch(_SECRETS, tenant_id, application_id, after, limit)
    return [ApplicationSecret(**row) for row in rows]


async def delete_secret(
    tx: Tx, tenant_id: UUID, application_id: UUID, secret_id: UUID
) -> ApplicationSecret | None:
    """Delete a secret; None if there is none."""
    row = await tx.fetchrow(_DELETE_SECRET, tenant_id, application_id, secret_id)
    return ApplicationSecret(**row) if row else None


async def kept_secrets(tx: Tx, tenant_id: UUID, application_id: UUID) -> Sequence[KeptSecret]:
    """What decides whether a secret is right."""
    rows = await tx.fetch(
        "SELECT id, secret_hash, last_used_at FROM application_secret"
        " WHERE tenant_id = $1 AND application_id = $2 ORDER BY id",
        tenant_id,
        application_id,
    )
    return [KeptSecret(**row) for row in rows]


async def secret_used(tx: Tx, tenant_id: UUID, secret_id: UUID) -> None:
    """Write down that a secret was used now, unless somebody just did."""
    await tx.execute(_USED, tenant_id, secret_id, SECRET_LAST_USE)
