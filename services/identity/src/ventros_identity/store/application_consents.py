"""Rows of `application_consent`."""

from uuid import UUID

from platform_postgres import Tx
from ventros_identity.domain.application import AllowedApplication, ApplicationConsent

_COLUMNS = """
    tenant_id, id, application_id, user_id, scopes, version, created_at, updated_at, withdrawn_at
"""

_GIVE = f"""
INSERT INTO application_consent AS known (tenant_id, id, application_id, user_id, scopes)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT application_consent_once DO UPDATE
SET scopes = excluded.scopes, version = known.version + 1, updated_at = now(), withdrawn_at = NULL
RETURNING {_COLUMNS}
"""  # noqa: S608 - column names of ours

_FIND = f"""
SELECT {_COLUMNS} FROM application_consent
WHERE tenant_id = $1 AND user_id = $2 AND application_id = $3 AND withdrawn_at IS NULL
"""  # noqa: S608

_WITHDRAW = f"""
UPDATE application_consent
SET withdrawn_at = now(), version = version + 1, updated_at = now()
WHERE tenant_id = $1 AND user_id = $2 AND application_id = $3 AND withdrawn_at IS NULL
RETURNING {_COLUMNS}
"""  # noqa: S608

_PAGE = """
SELECT c.application_id, a.name, c.scopes, c.created_at, c.updated_at,
    (
        SELECT max(s.last_used_at) FROM sign_in AS s
        WHERE s.tenant_id = c.tenant_id AND s.application_id = c.application_id
          AND s.user_id = c.user_id AND s.ended_at IS NULL
    ) AS last_used_at
FROM application_consent AS c
JOIN application AS a ON a.tenant_id = c.tenant_id AND a.id = c.application_id
WHERE c.tenant_id = $1 AND c.user_id = $2 AND c.withdrawn_at IS NULL
  AND ($3::uuid IS NULL OR c.application_id > $3)
ORDER BY c.application_id
LIMIT $4
"""


async def give(
    tx: Tx,
    tenant_id: UUID,
    consent_id: UUID,
    *,
    application_id: UUID,
    user_id: UUID,
    scopes: list[str],
) -> ApplicationConsent:
    """What a person allows an application from now on; the id is for the first time."""
    row = await tx.fetchrow(_GIVE, tenant_id, consent_id, application_id, user_id, scopes)
    if row is None:
        raise LookupError("an INSERT returned no row")
    return ApplicationConsent(**row)


async def find(
    tx: Tx, tenant_id: UUID, user_id: UUID, application_id: UUID
) -> ApplicationConsent | None:
    """What a person allows an application; None if nothing, or nothing any more."""
    row = await tx.fetchrow(_FIND, tenant_id, user_id, application_id)
    return ApplicationConsent(**row) if row else None


async def withdraw(
    tx: Tx, tenant_id: UUID, user_id: UUID, application_id: UUID
) -> ApplicationConsent | None:
    """Take a person's consent back; None if there is none."""
    row = await tx.fetchrow(_WITHDRAW, tenant_id, user_id, application_id)
    return ApplicationConsent(**row) if row else None


async def forget(tx: Tx, tenant_id: UUID, application_id: UUID) -> None:
    """Take back what everybody has allowed an application that was put out."""
    await tx.execute(
        "UPDATE application_consent"
        " SET withdrawn_at = now(), version = version + 1, updated_at = now()"
        " WHERE tenant_id = $1 AND application_id = $2 AND withdrawn_at IS NULL",
        tenant_id,
        application_id,
    )


async def page(
    tx: Tx, tenant_id: UUID, user_id: UUID, *, after: UUID | None, limit: int
) -> list[AllowedApplication]:
    """What a person allows, by application."""
    rows = await tx.fetch(_PAGE, tenant_id, user_id, after, limit)
    return [AllowedApplication(**row) for row in rows]
