"""The access token that people and programs carry: issued by identity, verified by the gateway."""

import time
from collections.abc import Iterable, Mapping
from typing import Final, Literal
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from platform_auth import jwt
from platform_auth.keys import thumbprint
from platform_auth.principal import Role
from platform_auth.project_matrix import ProjectRole

TYP: Final = "at+jwt"  # RFC 9068
AUDIENCE: Final = "ventros-api"
LIFETIME_SECONDS: Final = 600


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of an access token; times are seconds since 1970.

    `sid` is the sign-in's id. `client_id` is the application that the token was given to, `scope`
    what it may do of what the subject may, by permissions with spaces between (RFC 9068). Without
    an application both are absent.
    """

    iss: str
    aud: str
    sub: UUID
    tid: UUID
    pid: UUID
    kind: Literal["user", "application"] = "user"
    role: Role | None
    project_role: ProjectRole | None = None
    client_id: UUID | None = None
    scope: str | None = None
    iat: int
    nbf: int
    exp: int
    jti: UUID
    sid: UUID | None = None


class AccessTokenIssuer:
    """Signs access tokens with one key."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, *, issuer: str) -> None:
        self._key = key
        self._kid = thumbprint(key.public_key())
        self._issuer = issuer

    def issue(
        self,
        *,
        token_id: UUID,
        subject: UUID,
        tenant_id: UUID,
        project_id: UUID,
        role: Role | None,
        project_role: ProjectRole | None = None,
        sign_in_id: UUID | None = None,
        kind: Literal["user", "application"] = "user",
        application_id: UUID | None = None,
        scopes: Iterable[str] | None = None,
    ) -> str:
        """A token of ten minutes for one tenant and one project, denied when its sign-in ends.

        With an application, `scopes` are the permissions that it was given.
        """
        now = int(time.time())
        claims = AccessClaims(
            iss=self._issuer,
            aud=AUDIENCE,
            sub=subject,
            tid=tenant_id,
            pid=project_id,
            kind=kind,
            role=role,
            project_role=project_role,
            client_id=application_id,
            scope=None if scopes is None else " ".join(sorted(scopes)),
            iat=now,
            nbf=now,
            exp=now + LIFETIME_SECONDS,
            jti=token_id,
            sid=sign_in_id,
        )
        return jwt.sign(claims, key=self._key, kid=self._kid, typ=TYP)


def access_key_id(token: str) -> str:
    """The key that a token says it is signed with. Raises `TokenInvalid`."""
    return jwt.key_id(token, typ=TYP)


def verify_access_token(
    token: str, *, keys: Mapping[str, ec.EllipticCurvePublicKey], issuer: str
) -> AccessClaims:
    """The claims of a valid access token. Raises `TokenInvalid` or `TokenExpired`."""
    return jwt.verify(token, AccessClaims, keys=keys, typ=TYP, issuer=issuer, audience=AUDIENCE)
