"""`POST /v1/auth/sign-in` and the key set that its tokens are verified with."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody, SkipValidation
from msgspec import Meta

from platform_auth import Role
from platform_auth.access import LIFETIME_SECONDS, AccessTokenIssuer
from platform_auth.keys import JwkSet
from platform_core.ids import new_id
from platform_http import Problem
from platform_http.problems import MEDIA_TYPE
from platform_postgres import Database
from ventros_identity.commands.passwords import Passwords
from ventros_identity.commands.sign_in import Credentials, sign_in


class SignIn(msgspec.Struct, frozen=True):
    """What sign-in works with."""

    db: Database
    passwords: Passwords
    tokens: AccessTokenIssuer
    keys: JwkSet


Signing = NamedDependency[SkipValidation[SignIn]]


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a project, the tenant's oldest active one is signed in to."""

    email: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=1024)]
    project_id: UUID | None = None


class SignInResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The token goes into `Authorization: Bearer …`; it lives `expires_in` seconds."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    tenant_id: UUID
    project_id: UUID
    user_id: UUID
    role: Role


@post(
    "/v1/auth/sign-in",
    operation_id="sign_in",
    summary="Sign in",
    tags=["sign-in"],
    status_code=200,
    responses={
        401: ResponseSpec(
            Problem,
            description="The e-mail address, the password or the project is wrong.",
            media_type=MEDIA_TYPE,
            generate_examples=False,
        ),
        403: ResponseSpec(
            Problem,
            description="There is no active project to sign in to.",
            media_type=MEDIA_TYPE,
            generate_examples=False,
        ),
    },
)
async def sign_in_handler(
    data: JSONBody[SignInRequest], signing: Signing
) -> Response[SignInResponse]:
    """An access token of ten minutes for one project, for an e-mail address and its password."""
    credentials = Credentials(email=data.email, password=data.password, project_id=data.project_id)
    signed_in = await sign_in(signing.db, signing.passwords, credentials)
    user = signed_in.user
    role = Role(user.role)
    token = signing.tokens.issue(
        token_id=new_id(),
        subject=user.id,
        tenant_id=user.tenant_id,
        project_id=signed_in.project_id,
        role=role,
    )
    answer = SignInResponse(
        access_token=token,
        token_type="Bearer",  # noqa: S106 - the scheme's name
        expires_in=LIFETIME_SECONDS,
        tenant_id=user.tenant_id,
        project_id=signed_in.project_id,
        user_id=user.id,
        role=role,
    )
    return Response(answer, headers={"cache-control": "no-store"})


@get(
    "/.well-known/jwks.json",
    operation_id="read_key_set",
    summary="The keys that access tokens are signed with",
    tags=["sign-in"],
)
async def read_key_set(signing: Signing) -> Response[JwkSet]:
    """Public keys (RFC 7517); `kid` is the thumbprint of RFC 7638."""
    return Response(signing.keys, headers={"cache-control": "public, max-age=300"})
