"""`POST /v1/auth/sign-in` and `/refresh`, and the key set that their tokens are verified with."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody
from litestar.types import Scope
from msgspec import Meta

from platform_auth.keys import JwkSet
from platform_http.problems import MEDIA_TYPE
from ventros_identity.commands import guessing
from ventros_identity.commands.refresh import Reused, exchange, read_refresh_token
from ventros_identity.commands.sign_in import Credentials, sign_in
from ventros_identity.domain.audit import SYSTEM, entry_of
from ventros_identity.domain.sign_in import RefreshTokenInvalid
from ventros_identity.domain.user import NoProject, normal_email
from ventros_identity.events.access import revoke
from ventros_identity.http.audit import Comes
from ventros_identity.http.second_factor import SecondFactorProblem, challenged
from ventros_identity.http.signing import SignInResponse, Signs, answer, begin, refused
from ventros_identity.store import audit


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a project, the tenant's oldest active one is signed in to.

    `client_id` is for the page that asks for consent: of several companies that know the address,
    the one of this application is signed in to. `device_token` is what an earlier answer gave to
    this device: with it, guesses of strangers do not slow this device down.
    """

    email: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=1024)]
    project_id: UUID | None = None
    client_id: UUID | None = None
    device_token: Annotated[str, Meta(max_length=128)] | None = None


class RefreshRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The refresh token of the last answer."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=128)]


@post(
    "/v1/auth/sign-in",
    operation_id="sign_in",
    summary="Sign in",
    tags=["sign-in"],
    status_code=200,
    responses={
        401: ResponseSpec(
            SecondFactorProblem,
            description="The e-mail address, the password or the project is wrong; or all is right "
            "and a second factor is needed.",
            media_type=MEDIA_TYPE,
            generate_examples=False,
        ),
        403: refused("There is no active project to sign in to."),
        429: refused("Too many attempts; Retry-After says when the next is let through."),
    },
)
async def sign_in_handler(
    data: JSONBody[SignInRequest], signing: Signs, origin: Comes, scope: Scope
) -> Response[SignInResponse] | Response[bytes]:
    """An access token of ten minutes for one project, for an e-mail address and its password."""
    credentials = Credentials(
        email=data.email,
        password=data.password,
        project_id=data.project_id,
        client_id=data.client_id,
    )
    db, email = signing.db, normal_email(data.email)
    subjects = await guessing.sign_in_subjects(db, email, origin.address, data.device_token)
    tried = await guessing.attempt(db, subjects)
    try:
        signed_in = await sign_in(db, signing.passwords, credentials, origin)
    except NoProject:
        await guessing.succeeded(db, tried)
        raise
    await guessing.succeeded(db, tried)
    if (challenge := await challenged(signing, signed_in, scope)) is not None:
        return challenge
    device_token = await guessing.remember_device(db, email, data.device_token)
    return await begin(signing, signed_in, origin, device_token)


@post(
    "/v1/auth/refresh",
    operation_id="refresh",
    summary="Get the next access token",
    tags=["sign-in"],
    status_code=200,
    responses={401: refused("The refresh token is unknown, used before, or its sign-in is over.")},
)
async def refresh_handler(
    data: JSONBody[RefreshRequest], signing: Signs, origin: Comes
) -> Response[SignInResponse]:
    """Exchange a refresh token, once, for an access token and the next refresh token.

    If the answer got lost, the same refresh token gets the same successor for ten seconds. A used
    one that comes later has been copied: the sign-in ends, whoever holds it.
    """
    token = read_refresh_token(data.refresh_token)
    async with signing.db.tenant(token.tenant_id) as tx:
        outcome = await exchange(tx, token, origin, signing.lifetimes)
        if not isinstance(outcome, Reused):
            # Before the end, as `begin` does.
            return answer(signing, outcome)
        gone = outcome.sign_in
        told = entry_of(
            gone.tenant_id,
            SYSTEM,
            origin,
            "sign_in.ended",
            "sign_in",
            gone.id,
            project_id=gone.project_id,
            after={"user_id": str(gone.user_id), "reason": "refresh_token_reused"},
        )
        await audit.append(tx, [told])
        await revoke(
            tx, gone.tenant_id, gone.project_id, "sign_in", [gone.id], user_id=gone.user_id
        )
    signing.bell.ring()
    raise RefreshTokenInvalid("The refresh token was used before; the sign-in has ended.")


@get(
    "/.well-known/jwks.json",
    operation_id="read_key_set",
    summary="The keys that access tokens are signed with",
    tags=["sign-in"],
)
async def read_key_set(signing: Signs) -> Response[JwkSet]:
    """Public keys (RFC 7517); `kid` is the thumbprint of RFC 7638."""
    return Response(signing.keys.jwk_set, headers={"cache-control": "public, max-age=300"})
