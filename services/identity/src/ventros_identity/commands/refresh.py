"""Start sign-ins, and exchange their refresh tokens: single use, in a family that is the sign-in.

The successor of a used token is kept under a key that is derived from the token itself (as in
docs/decisions/0007), so that a client whose answer was lost can get it again and whoever has the
database alone cannot.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_crypto import DecryptionError, open_under, seal_under
from platform_postgres import Tx
from ventros_identity.commands import secret_tokens
from ventros_identity.commands.secret_tokens import SecretToken
from ventros_identity.commands.sign_in import SignedIn, enter, mark_of
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.external_sign_in import ExternalIdentityUnknown
from ventros_identity.domain.member import ProjectRoleName
from ventros_identity.domain.sign_in import (
    Lifetimes,
    RefreshTokenInvalid,
    SignIn,
    judge,
)
from ventros_identity.domain.user import InvalidCredentials, User
from ventros_identity.store import external_identities, projects, sign_ins, users

PREFIX: Final = "vr_"
_PURPOSE: Final = b"ventros refresh successor"
_REFUSED: Final = "The refresh token is not valid any more. Sign in again."


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that goes on: who, where, and the refresh token that is good next."""

    user: User
    project_role: ProjectRoleName | None
    sign_in: SignIn
    refresh_token: str


class Reused(msgspec.Struct, frozen=True, kw_only=True):
    """A used token came back: the sign-in has been ended and must be revoked."""

    sign_in: SignIn


async def start(
    tx: Tx,
    signed_in: SignedIn,
    origin: Origin,
    lifetimes: Lifetimes,
    *,
    application_id: UUID | None = None,
    scopes: Sequence[str] | None = None,
) -> Started:
    """Begin a sign-in for somebody who has proved who they are; or of an application for somebody
    who has allowed it these scopes.

    Raises:
        InvalidCredentials: the user was disabled or got another password meanwhile, or the
            project lets nobody in any more.
        ExternalIdentityUnknown: the provider that said who it is was disabled, or is believed no
            longer about this user.
    """
    user = signed_in.user
    # Held until the end: a disabling or a change of password that ends all sign-ins waits for
    # this one, or is seen by it.
    password_hash = await users.lock_hash(tx, user.tenant_id, user.id)
    if password_hash is None or mark_of(password_hash) != signed_in.password_mark:
        raise InvalidCredentials("The e-mail address, the password or the project is wrong.")
    # The same: a closing of the project ends what is in it.
    if not await projects.hold_active(tx, user.tenant_id, signed_in.project_id):
        raise InvalidCredentials("The e-mail address, the password or the project is wrong.")
    # And so does whatever ends what came in by the provider.
    provider_id = signed_in.provider_id
    if provider_id is not None and not await external_identities.hold(
        tx, user.tenant_id, provider_id, user.id
    ):
        raise ExternalIdentityUnknown("The identity provider lets this person in no longer.")
    sign_in = await sign_ins.insert(
        tx,
        user.tenant_id,
        new_id(),
        user_id=user.id,
        project_id=signed_in.project_id,
        origin=origin,
        lifetimes=lifetimes,
        application_id=application_id,
        scopes=scopes,
        provider_id=provider_id,
    )
    token = await _add_token(tx, sign_in, lifetimes)
    return Started(
        user=user,
        project_role=signed_in.project_role,
        sign_in=sign_in,
        refresh_token=token.text,
    )


def read_refresh_token(text: str) -> SecretToken:
    """Raises `RefreshTokenInvalid`."""
    token = secret_tokens.read(PREFIX, text)
    if token is None:
        raise RefreshTokenInvalid(_REFUSED)
    return token


async def exchange(
    tx: Tx,
    token: SecretToken,
    origin: Origin,
    lifetimes: Lifetimes,
    *,
    application_id: UUID | None = None,
) -> Started | Reused:
    """The successor of a refresh token, the same one for everybody who asks within the grace.

    A token of somebody else's, a person's own or another application's, is as good as none: who
    holds it has no right to end its sign-in, either.

    Raises:
        RefreshTokenInvalid: it is unknown or expired, or its sign-in, user or project has ended.
    """
    sign_in = await sign_ins.lock_by_token(tx, token.tenant_id, token.hash)
    kept = await sign_ins.token(tx, token.tenant_id, token.hash)
    if sign_in is None or kept is None or sign_in.application_id != application_id:
        raise RefreshTokenInvalid(_REFUSED)
    verdict = judge(
        used_at=kept.used_at,
        expires_at=kept.expires_at,
        now=kept.now,
        successor_kept=kept.successor is not None,
    )
    if verdict == "reused":
        await sign_ins.end(
            tx, sign_in.tenant_id, sign_in.user_id, sign_in.id, "refresh_token_reused"
        )
        return Reused(sign_in=sign_in)
    if verdict == "refuse":
        raise RefreshTokenInvalid(_REFUSED)
    entered = await enter(tx, sign_in.tenant_id, sign_in.user_id, sign_in.project_id)
    if entered is None:
        raise RefreshTokenInvalid(_REFUSED)
    if verdict == "repeat" and kept.successor is not None:
        successor = _open(token, kept.successor)
    else:
        following = await _add_token(tx, sign_in, lifetimes)
        successor = following.text
        sealed = _seal(token, successor)
        await sign_ins.use_token(tx, sign_in.tenant_id, sign_in.id, token.hash, successor=sealed)
        await sign_ins.touch(tx, sign_in, origin, lifetimes)
    return Started(
        user=entered.user,
        project_role=entered.project_role,
        sign_in=sign_in,
        refresh_token=successor,
    )


async def _add_token(tx: Tx, sign_in: SignIn, lifetimes: Lifetimes) -> SecretToken:
    token = secret_tokens.make(PREFIX, sign_in.tenant_id)
    await sign_ins.add_token(tx, sign_in.tenant_id, sign_in.id, token.hash, lifetimes)
    return token


def _seal(token: SecretToken, successor: str) -> bytes:
    secret = token.text.encode()
    return seal_under(secret, successor.encode(), purpose=_PURPOSE, context=token.hash)


def _open(token: SecretToken, sealed: bytes) -> str:
    try:
        plain = open_under(token.text.encode(), sealed, purpose=_PURPOSE, context=token.hash)
    except DecryptionError as error:
        raise RefreshTokenInvalid(_REFUSED) from error
    return plain.decode()
