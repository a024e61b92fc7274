"""From an access token to its caller and to the internal token that speaks for the caller.

A warm request does no public-key work: a verified access token is remembered for its life, the
internal token made for it is reused for 50 seconds. Both memories are bounded.
"""

import time
from collections.abc import Sequence
from typing import Final

from platform_auth.access import AccessClaims, access_key_id, verify_access_token
from platform_auth.errors import TokenExpired, TokenInvalid
from platform_auth.internal import REUSE_SECONDS, InternalTokenIssuer
from platform_auth.jwt import LEEWAY_SECONDS
from platform_auth.principal import Principal
from platform_auth.project_matrix import permissions_in_project
from platform_auth.scopes import granted, granted_by_person
from platform_cache import Quota
from ventros_gateway.key_set import KeySet

MAX_REMEMBERED: Final = 8192


class Caller:
    """A verified caller with the Authorization header for services.

    `issued_at` is when the token was made, in seconds since 1970; of an API key, when identity was
    asked about it, by this process's monotonic clock. `expires_at` is in seconds since 1970.
    """

    __slots__ = ("asked", "authorization", "expires_at", "issued_at", "principal", "renew_at")

    def __init__(self, principal: Principal, *, issued_at: float, expires_at: float) -> None:
        self.principal = principal
        self.issued_at = issued_at
        self.expires_at = expires_at
        # What the limits of each route class count for this caller; kept, because it is hot.
        self.asked: dict[str, Sequence[tuple[str, Quota]]] = {}
        self.authorization = ""
        self.renew_at = 0.0


def renew(caller: Caller, issuer: InternalTokenIssuer) -> None:
    """Give the caller an internal token that is good for a while, unless it has one."""
    now = time.time()
    if now >= caller.renew_at:
        caller.authorization = f"Bearer {issuer.issue(caller.principal)}"
        caller.renew_at = now + REUSE_SECONDS


def principal_of(claims: AccessClaims) -> Principal:
    """Who a verified access token speaks for, and what they may do.

    Raises:
        TokenInvalid: claims that do not go together.
    """
    if claims.kind == "application":
        if claims.client_id != claims.sub or claims.role is not None:
            raise TokenInvalid("The token is not valid.")
        permissions = granted((claims.scope or "").split())
    elif claims.role is None:
        raise TokenInvalid("The token is not valid.")
    elif claims.client_id is not None:
        scopes = (claims.scope or "").split()
        permissions = granted_by_person(scopes, claims.role, claims.project_role)
    elif claims.scope is not None:
        # Meant to narrow, for an application that is not named: never taken for the person's own.
        raise TokenInvalid("The token is not valid.")
    else:
        permissions = permissions_in_project(claims.role, claims.project_role)
    return Principal(
        tenant_id=claims.tid,
        project_id=claims.pid,
        subject=claims.sub,
        kind=claims.kind,
        role=claims.role,
        permissions=permissions,
        sign_in_id=claims.sid,
        application_id=claims.client_id,
    )


class Callers:
    """Verifies access tokens, and remembers."""

    def __init__(self, keys: KeySet, internal: InternalTokenIssuer, *, issuer: str) -> None:
        self._keys = keys
        self._internal = internal
        self._issuer = issuer
        self._remembered: dict[str, Caller] = {}

    async def of(self, token: str) -> Caller:
        """The caller of an access token, with an internal token that is good for a while.

        Raises:
            TokenInvalid, TokenExpired: the access token is not good.
            Unavailable: the keys to verify it with are not there yet.
        """
        caller = self._remembered.get(token)
        if caller is None:
            caller = await self._verified(token)
        elif time.time() >= caller.expires_at:
            del self._remembered[token]
            raise TokenExpired("The token has expired.")
        renew(caller, self._internal)
        return caller

    async def _verified(self, token: str) -> Caller:
        keys = await self._keys.keys_for(access_key_id(token))
        claims = verify_access_token(token, keys=keys, issuer=self._issuer)
        principal = principal_of(claims)
        while len(self._remembered) >= MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        caller = Caller(principal, issued_at=claims.iat, expires_at=claims.exp + LEEWAY_SECONDS)
        self._remembered[token] = caller
        return caller
