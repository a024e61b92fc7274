"""What signing in works with, and its answer."""

from typing import Literal
from uuid import UUID

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import SkipValidation

from platform_auth import Role
from platform_auth.access import LIFETIME_SECONDS, AccessTokenIssuer
from platform_auth.project_matrix import ProjectRole
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_http import Problem
from platform_http.problems import MEDIA_TYPE
from platform_http.transactions import Bell
from platform_postgres import Database
from ventros_identity.commands.challenge import Challenges
from ventros_identity.commands.passwords import Passwords
from ventros_identity.commands.refresh import Started, start
from ventros_identity.commands.sign_in import SignedIn
from ventros_identity.commands.signing_keys import SigningKeys
from ventros_identity.domain.audit import Actor, Origin, entry_of
from ventros_identity.domain.sign_in import Lifetimes
from ventros_identity.store import audit


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """What sign-in works with."""

    db: Database
    bell: Bell
    passwords: Passwords
    keys: SigningKeys
    issuer: str
    lifetimes: Lifetimes
    app_url: str
    vault: Vault
    challenges: Challenges

    @property
    def tokens(self) -> AccessTokenIssuer:
        """Issues with the key that signs at the moment: do not keep it. Raises `Unavailable`."""
        return AccessTokenIssuer(self.keys.signer, issuer=self.issuer)


Signs = NamedDependency[SkipValidation[Signing]]
"""The type of a handler's `signing` parameter."""


class SignInResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The access token goes into `Authorization: Bearer …`; it lives `expires_in` seconds.

    A device keeps its `device_token`, and sends it when it signs in again.

    The refresh token is exchanged for the next pair, once. `role` is the one in the tenant;
    `project_role` narrows it in this project, null: it does not.
    """

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str
    sign_in_id: UUID
    device_token: str | None
    tenant_id: UUID
    project_id: UUID
    user_id: UUID
    role: Role
    project_role: ProjectRole | None


def refused(description: str) -> ResponseSpec:
    """A problem in the API's document."""
    return ResponseSpec(
        Problem, description=description, media_type=MEDIA_TYPE, generate_examples=False
    )


async def begin(
    signing: Signing, signed_in: SignedIn, origin: Origin, device_token: str | None
) -> Response[SignInResponse]:
    """Start the sign-in of somebody who has proved who they are, and answer."""
    user = signed_in.user
    async with signing.db.tenant(user.tenant_id) as tx:
        started = await start(tx, signed_in, origin, signing.lifetimes)
        told = entry_of(
            user.tenant_id,
            Actor(kind="user", id=user.id),
            origin,
            "sign_in.started",
            "sign_in",
            started.sign_in.id,
            project_id=signed_in.project_id,
        )
        await audit.append(tx, [told])
        # Made before the end: what is taken back afterwards is taken back later than it was made.
        return answer(signing, started, device_token)


def answer(
    signing: Signing, started: Started, device_token: str | None = None
) -> Response[SignInResponse]:
    """The tokens of a sign-in; not to be kept by anybody between."""
    user, sign_in = started.user, started.sign_in
    role = Role(user.role)
    project_role = None if started.project_role is None else ProjectRole(started.project_role)
    token = signing.tokens.issue(
        token_id=new_id(),
        subject=user.id,
        tenant_id=user.tenant_id,
        project_id=sign_in.project_id,
        role=role,
        project_role=project_role,
        sign_in_id=sign_in.id,
    )
    body = SignInResponse(
        access_token=token,
        token_type="Bearer",  # noqa: S106 - the scheme's name
        expires_in=LIFETIME_SECONDS,
        refresh_token=started.refresh_token,
        sign_in_id=sign_in.id,
        device_token=device_token,
        tenant_id=user.tenant_id,
        project_id=sign_in.project_id,
        user_id=user.id,
        role=role,
        project_role=project_role,
    )
    return Response(body, headers={"cache-control": "no-store"})
