"""`/internal/api-keys/verify`: a gateway asks whether a key that it was shown is good.

On identity's own port, which no caller reaches: the gateway does not forward it. The gateway sends
the hash of the secret, never the secret.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Meta

from platform_postgres import Database
from ventros_identity.commands.api_keys import use_api_key
from ventros_identity.domain.api_key import KeyVerdict


class VerifyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key's id, the SHA-256 of its secret in hexadecimal, and who showed it from where."""

    id: UUID
    secret_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?![\s\S])")]
    address: Annotated[str, Meta(max_length=64)] | None = None


class VerifiedKey(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key it is and what it may do."""

    tenant_id: UUID
    project_id: UUID
    scopes: list[str]
    expires_at: datetime | None
    version: int


class VerifyResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict; with `good`, the key."""

    verdict: KeyVerdict
    key: VerifiedKey | None = None


def verify_api_key_handler(db: Database) -> HTTPRouteHandler:
    """The handler; there is no caller, so it finds the tenant as the system."""

    @post(
        "/internal/api-keys/verify",
        include_in_schema=False,
        operation_id="verify_api_key",
        status_code=200,
    )
    async def verify_api_key(data: JSONBody[VerifyRequest]) -> VerifyResponse:
        use = await use_api_key(db, data.id, bytes.fromhex(data.secret_sha256), data.address)
        if use.key is None:
            return VerifyResponse(verdict=use.verdict)
        return VerifyResponse(
            verdict=use.verdict,
            key=VerifiedKey(
                tenant_id=use.key.tenant_id,
                project_id=use.key.project_id,
                scopes=use.key.scopes,
                expires_at=use.key.expires_at,
                version=use.key.version,
            ),
        )

    return verify_api_key
