"""Rows of `identity_provider`."""

from uuid import UUID

import asyncpg
import msgspec

from platform_postgres import Tx
from ventros_identity.domain.identity_provider import IdentityProvider, NewUsers
from ventros_identity.domain.project import ProjectNotFound

_COLUMNS = """
    tenant_id, id, name, issuer, client_id, email_domains, redirect_uris, new_user_role,
    new_user_project_id, new_user_project_role, enabled, version, created_at, updated_at
"""

_INSERT = f"""
INSERT INTO identity_provider (
    tenant_id, id, name, issuer, client_id, client_secret, email_domains, redirect_uris,
    new_user_role, new_user_project_id, new_user_project_role, enabled
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
RETURNING {_COLUMNS}
"""  # noqa: S608 - column names of ours

_FIND = f"SELECT {_COLUMNS} FROM identity_provider WHERE tenant_id = $1 AND id = $2"  # noqa: S608

_UPDATE = f"""
UPDATE identity_provider
SET name = $3, client_id = $4, client_secret = coalesce($5, client_secret), email_domains = $6,
    redirect_uris = $7, new_user_role = $8, new_user_project_id = $9, new_user_project_role = $10,
    enabled = $11, version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND id = $2
RETURNING {_COLUMNS}
"""  # noqa: S608

_PAGE = f"""
SELECT {_COLUMNS} FROM identity_provider
WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2)
ORDER BY id
LIMIT $3
"""  # noqa: S608

_DELETE = f"""
DELETE FROM identity_provider WHERE tenant_id = $1 AND id = $2 RETURNING {_COLUMNS}
"""  # noqa: S608

_OF_DOMAIN = """
SELECT id, name FROM identity_provider
WHERE enabled AND email_domains @> ARRAY[$1::text]
ORDER BY id
LIMIT $2
"""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as somebody sees it who is not signed in."""

    id: UUID
    name: str


async def insert(tx: Tx, provider: IdentityProvider, secret: bytes) -> IdentityProvider:
    """Add a provider; the database says its times. Raises `ProjectNotFound`."""
    new = provider.new_users
    try:
        row = await tx.fetchrow(
            _INSERT,
            provider.tenant_id,
            provider.id,
            provider.name,
            provider.issuer,
            provider.client_id,
            secret,
            provider.email_domains,
            provider.redirect_uris,
            *_columns(new),
            provider.enabled,
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise _missing_project(error) from error
    if row is None:
        raise LookupError("an INSERT returned no row")
    return _provider(row)


async def update(tx: Tx, provider: IdentityProvider, secret: bytes | None) -> IdentityProvider:
    """Write what can change of a provider that is locked; without a secret, the old one stays.

    Raises:
        ProjectNotFound
    """
    try:
        row = await tx.fetchrow(
            _UPDATE,
            provider.tenant_id,
            provider.id,
            provider.name,
            provider.client_id,
            secret,
            provider.email_domains,
            provider.redirect_uris,
            *_columns(provider.new_users),
            provider.enabled,
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise _missing_project(error) from error
    if row is None:
        raise LookupError("the provider was locked and is gone")
    return _provider(row)


async def find(
    tx: Tx, tenant_id: UUID, provider_id: UUID, *, lock: bool = False
) -> IdentityProvider | None:
    """The provider, if there; `lock` holds it until the end."""
    row = await tx.fetchrow(_FIND + (" FOR UPDATE" if lock else ""), tenant_id, provider_id)
    return _provider(row) if row else None


async def secret_of(tx: Tx, tenant_id: UUID, provider_id: UUID) -> bytes:
    """The sealed client secret of a provider that is there."""
    secret: bytes | None = await tx.fetchval(
        "SELECT client_secret FROM identity_provider WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        provider_id,
    )
    if secret is None:
        raise LookupError("the provider was read and is gone")
    return secret


async def page(
    tx: Tx, tenant_id: UUID, *, after: UUID | None, limit: int
) -> list[IdentityProvider]:
    """Providers in the order of their creation."""
    return [_provider(row) for row in await tx.fetch(_PAGE, tenant_id, after, limit)]


async def delete(tx: Tx, tenant_id: UUID, provider_id: UUID) -> IdentityProvider | None:
    """Take a provider away, with what it knew; what it was."""
    row = await tx.fetchrow(_DELETE, tenant_id, provider_id)
    return _provider(row) if row else None


async def tenant_of(tx: Tx, provider_id: UUID) -> UUID | None:
    """Whose provider this is, if it is enabled; for the system role."""
    tenant_id: UUID | None = await tx.fetchval(
        "SELECT tenant_id FROM identity_provider WHERE id = $1 AND enabled", provider_id
    )
    return tenant_id


async def of_domain(tx: Tx, domain: str, limit: int) -> list[Choice]:
    """Enabled providers of any tenant that list a domain, oldest first; for the system role."""
    return [Choice(**row) for row in await tx.fetch(_OF_DOMAIN, domain, limit)]


def _columns(new: NewUsers | None) -> tuple[object, object, object]:
    return (None, None, None) if new is None else (new.role, new.project_id, new.project_role)


def _provider(row: asyncpg.Record) -> IdentityProvider:
    values = dict(row)
    role, project_id, project_role = (
        values.pop(f"new_user_{name}") for name in ("role", "project_id", "project_role")
    )
    new = NewUsers(role=role, project_id=project_id, project_role=project_role) if role else None
    return IdentityProvider(**values, new_users=new)


def _missing_project(error: asyncpg.ForeignKeyViolationError) -> Exception:
    if error.constraint_name != "identity_provider_project":
        return error
    return ProjectNotFound("No project has this id.")
