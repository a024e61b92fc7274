"""Rows of `authorization_code`."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_identity.domain.application import CODE_LIFE, AuthorizationCode

_COLUMNS = """
    tenant_id, hash, application_id, redirect_uri, code_challenge, user_id, project_id, scopes,
    password_mark, expires_at, used_at, sign_in_id
"""
_SWEPT = 20

# One that was used is kept for as long as it is worth knowing that it comes again.
_INSERT = f"""
WITH old AS (
    DELETE FROM authorization_code
    WHERE tenant_id = $1 AND hash = ANY (ARRAY (
        SELECT hash FROM authorization_code
        WHERE tenant_id = $1 AND expires_at < now() - interval '1 day'
        LIMIT {_SWEPT}
    ))
)
INSERT INTO authorization_code (
    tenant_id, hash, application_id, redirect_uri, code_challenge, user_id, project_id, scopes,
    password_mark, expires_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10::interval)
RETURNING {_COLUMNS}
"""  # noqa: S608 - names and numbers of ours

_LOCK = f"""
SELECT {_COLUMNS}, clock_timestamp() AS now FROM authorization_code
WHERE tenant_id = $1 AND hash = $2
FOR UPDATE
"""  # noqa: S608


class KeptCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that is held until the end; `now` is the database's clock."""

    code: AuthorizationCode
    now: datetime


async def insert(
    tx: Tx,
    tenant_id: UUID,
    code_hash: bytes,
    *,
    application_id: UUID,
    redirect_uri: str,
    code_challenge: str,
    user_id: UUID,
    project_id: UUID,
    scopes: list[str],
    password_mark: str,
) -> AuthorizationCode:
    """Add a code that lives for `CODE_LIFE`."""
    row = await tx.fetchrow(
        _INSERT,
        tenant_id,
        code_hash,
        application_id,
        redirect_uri,
        code_challenge,
        user_id,
        project_id,
        scopes,
        password_mark,
        CODE_LIFE,
    )
    if row is None:
        raise LookupError("an INSERT returned no row")
    return AuthorizationCode(**row)


async def lock(tx: Tx, tenant_id: UUID, code_hash: bytes) -> KeptCode | None:
    """A code, used or not, held until the end."""
    row = await tx.fetchrow(_LOCK, tenant_id, code_hash)
    if row is None:
        return None
    fields = dict(row)
    now: datetime = fields.pop("now")
    return KeptCode(code=AuthorizationCode(**fields), now=now)


async def use(tx: Tx, code: AuthorizationCode, sign_in_id: UUID) -> None:
    """Mark a code as used, for this sign-in."""
    await tx.execute(
        "UPDATE authorization_code SET used_at = now(), sign_in_id = $3"
        " WHERE tenant_id = $1 AND hash = $2",
        code.tenant_id,
        code.hash,
        sign_in_id,
    )


async def drop_of(
    tx: Tx, tenant_id: UUID, application_id: UUID, *, user_id: UUID | None = None
) -> None:
    """Forget the unused codes of an application, of one person or of everybody."""
    await tx.execute(
        "DELETE FROM authorization_code WHERE tenant_id = $1 AND application_id = $2"
        " AND ($3::uuid IS NULL OR user_id = $3) AND used_at IS NULL",
        tenant_id,
        application_id,
        user_id,
    )
