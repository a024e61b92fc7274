"""`/v1/auth/second-factor` and `/v1/me/second-factor`: sign in with one, switch it on and off."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from litestar.types import Scope
from msgspec import UNSET, Meta, UnsetType

from platform_bus import emit
from platform_http import Caller, Problem, Reads, Writes
from platform_http.problems import MEDIA_TYPE, headers_of, make_problem
from platform_http.request_id import request_id_of
from ventros_identity.commands import guessing
from ventros_identity.commands import second_factor as commands
from ventros_identity.commands.prove import prove
from ventros_identity.commands.sign_in import SignedIn, enter
from ventros_identity.domain.audit import Actor, entry_of
from ventros_identity.domain.guessing import FACTOR, Subject
from ventros_identity.domain.second_factor import (
    CHALLENGE_SECONDS,
    NoSecondFactor,
    SecondFactorInvalid,
)
from ventros_identity.domain.user import InvalidCredentials
from ventros_identity.events import people
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.signing import Signing, SignInResponse, Signs, begin, refused
from ventros_identity.store import audit, second_factors, users

Password = Annotated[str, Meta(min_length=1, max_length=1024)]
_TOO_MANY = refused("Too many attempts; Retry-After says when the next is let through.")
_WRONG = refused("The code is wrong, too old or used, or the challenge's time is over.")


class SecondFactorProblem(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """With the code `second_factor_required`: what is sent on with a code, for so many seconds."""

    challenge: str | UnsetType = UNSET
    expires_in: int | UnsetType = UNSET


class SecondFactorRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The challenge of the first answer, and a code of the app or a recovery code."""

    challenge: Annotated[str, Meta(min_length=1, max_length=2048)]
    code: Annotated[str, Meta(min_length=6, max_length=32)]
    device_token: Annotated[str, Meta(max_length=128)] | None = None


class PasswordRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The password proves that it is not just somebody at an open screen."""

    password: Password


class ConfirmFactorRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that the app shows."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{6}(?![\s\S])")]


class RenewCodesRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code of the app, or one of the old recovery codes."""

    code: Annotated[str, Meta(min_length=6, max_length=32)]


class SecondFactorResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is one."""

    enabled: bool
    recovery_codes_left: int


class EnrolmentResponse(msgspec.Struct, frozen=True, kw_only=True):
    """For the app: `uri` as a QR code, or the secret by hand. It is shown once."""

    secret: str
    uri: str


class RecoveryCodesResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Each lets one in once, without the app. They are shown once."""

    recovery_codes: list[str]


async def challenged(signing: Signing, signed_in: SignedIn, scope: Scope) -> Response[bytes] | None:
    """The answer to a right password that is not enough; None when it is."""
    user = signed_in.user
    async with signing.db.tenant(user.tenant_id) as tx:
        if await second_factors.state(tx, user.tenant_id, user.id) is None:
            return None
    code = "second_factor_required"
    plain = make_problem(
        401, code, "Send a code of the second factor.", request_id=request_id_of(scope)
    )
    problem = SecondFactorProblem(
        type=plain.type,
        title=plain.title,
        status=plain.status,
        code=plain.code,
        detail=plain.detail,
        request_id=plain.request_id,
        challenge=signing.challenges.issue(signed_in),
        expires_in=CHALLENGE_SECONDS,
    )
    return Response(
        msgspec.json.encode(problem),
        status_code=401,
        media_type=MEDIA_TYPE,
        headers=headers_of(401, code),
    )


@post(
    "/v1/auth/second-factor",
    operation_id="sign_in_with_second_factor",
    summary="Sign in with the second factor",
    tags=["sign-in"],
    status_code=200,
    responses={401: _WRONG, 429: _TOO_MANY},
)
async def second_factor_handler(
    data: JSONBody[SecondFactorRequest], signing: Signs, origin: Comes
) -> Response[SignInResponse]:
    """The second half of a sign-in. A code is taken once."""
    claims = signing.challenges.verify(data.challenge)
    tenant_id, user_id = claims.tid, claims.sub
    tried = await guessing.attempt(signing.db, [Subject(limit=FACTOR, value=str(user_id))])
    async with signing.db.tenant(tenant_id) as tx:
        method = await commands.check(tx, signing.vault, tenant_id, user_id, data.code)
        done = "second_factor.failed" if method is None else "second_factor.passed"
        actor = Actor(kind="user", id=user_id)
        after = None if method is None else {"method": method}
        told = entry_of(tenant_id, actor, origin, done, "second_factor", user_id, after=after)
        await audit.append(tx, [told])
        entered = await enter(tx, tenant_id, user_id, claims.pid)
    if method is None:
        raise SecondFactorInvalid("The code is wrong, too old, or was used before.")
    if entered is None:
        raise InvalidCredentials("The e-mail address, the password or the project is wrong.")
    await guessing.succeeded(signing.db, tried)
    signed_in = SignedIn(
        user=entered.user,
        project_id=entered.project_id,
        project_role=entered.project_role,
        password_mark=claims.pwm,
    )
    device = await guessing.remember_device(signing.db, entered.user.email, data.device_token)
    return await begin(signing, signed_in, origin, device)


@get(
    "/v1/me/second-factor",
    operation_id="read_second_factor",
    summary="Whether one has a second factor",
    tags=["sign-in"],
)
async def read_second_factor(principal: Caller, reader: Reads) -> SecondFactorResponse:
    """The caller's own."""
    async with reader(principal) as tx:
        state = await second_factors.state(tx, principal.tenant_id, principal.subject)
    if state is None:
        return SecondFactorResponse(enabled=False, recovery_codes_left=0)
    return SecondFactorResponse(enabled=True, recovery_codes_left=state.recovery_codes_left)


@post(
    "/v1/me/second-factor",
    operation_id="begin_second_factor",
    summary="Begin with a second factor",
    tags=["sign-in"],
    answer="secret",
    responses={403: refused("The password is wrong."), 429: _TOO_MANY},
)
async def begin_second_factor(
    data: JSONBody[PasswordRequest], principal: Caller, writer: Writes, signing: Signs
) -> EnrolmentResponse:
    """A secret for an authenticator app. It counts once a code of it is confirmed."""
    tenant_id, user_id = principal.tenant_id, principal.subject
    known = await prove(signing.db, signing.passwords, tenant_id, user_id, data.password)
    async with writer(principal) as tx:
        made = await commands.begin(tx, signing.vault, tenant_id, user_id, known.email)
    return EnrolmentResponse(secret=made.secret, uri=made.uri)


@post(
    "/v1/me/second-factor/confirm",
    operation_id="confirm_second_factor",
    summary="Switch the second factor on",
    tags=["sign-in"],
    status_code=200,
    answer="secret",
    responses={401: _WRONG, 404: refused("There is none that waits to be confirmed.")},
)
async def confirm_second_factor(
    data: JSONBody[ConfirmFactorRequest],
    principal: Caller,
    writer: Writes,
    signing: Signs,
    origin: Comes,
) -> RecoveryCodesResponse:
    """From now on a sign-in needs a code. The answer has the recovery codes."""
    tenant_id, user_id = principal.tenant_id, principal.subject
    async with writer(principal) as tx:
        codes = await commands.confirm(tx, signing.vault, tenant_id, user_id, data.code)
        told = entry(principal, origin, "second_factor.enabled", "second_factor", user_id)
        await audit.append(tx, [told])
        if (user := await users.touch(tx, tenant_id, user_id)) is not None:
            await emit(tx, [people.second_factor_enabled(user, principal.project_id)])
    return RecoveryCodesResponse(recovery_codes=codes)


@post(
    "/v1/me/second-factor/disable",
    operation_id="disable_second_factor",
    summary="Switch the second factor off",
    tags=["sign-in"],
    status_code=204,
    responses={
        403: refused("The password is wrong."),
        404: refused("There is no second factor."),
        429: _TOO_MANY,
    },
)
async def disable_second_factor(
    data: JSONBody[PasswordRequest],
    principal: Caller,
    writer: Writes,
    signing: Signs,
    origin: Comes,
) -> None:
    """The recovery codes are gone as well."""
    tenant_id, user_id = principal.tenant_id, principal.subject
    await prove(signing.db, signing.passwords, tenant_id, user_id, data.password)
    async with writer(principal) as tx:
        if not await second_factors.remove(tx, tenant_id, user_id):
            raise NoSecondFactor("There is no second factor.")
        told = entry(principal, origin, "second_factor.disabled", "second_factor", user_id)
        await audit.append(tx, [told])
        if (user := await users.touch(tx, tenant_id, user_id)) is not None:
            said = people.second_factor_disabled(user, principal.project_id, user_id)
            await emit(tx, [said])


@post(
    "/v1/me/second-factor/recovery-codes",
    operation_id="renew_recovery_codes",
    summary="Get new recovery codes",
    tags=["sign-in"],
    answer="secret",
    responses={401: _WRONG, 404: refused("There is no second factor."), 429: _TOO_MANY},
)
async def renew_recovery_codes(
    data: JSONBody[RenewCodesRequest],
    principal: Caller,
    writer: Writes,
    signing: Signs,
    origin: Comes,
) -> RecoveryCodesResponse:
    """In place of all that there were, for a code of the app or one of the old ones."""
    tenant_id, user_id = principal.tenant_id, principal.subject
    tried = await guessing.attempt(signing.db, [Subject(limit=FACTOR, value=str(user_id))])
    async with writer(principal) as tx:
        codes = await commands.renew_codes(tx, signing.vault, tenant_id, user_id, data.code)
        told = entry(
            principal, origin, "second_factor.recovery_codes_renewed", "second_factor", user_id
        )
        await audit.append(tx, [told])
    await guessing.succeeded(signing.db, tried)
    return RecoveryCodesResponse(recovery_codes=codes)
