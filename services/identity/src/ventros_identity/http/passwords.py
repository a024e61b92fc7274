"""`/v1/me/password` and `/v1/auth/password-reset`: change a password, or set a forgotten one."""

from contextlib import suppress
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody
from msgspec import Meta

from platform_http import Caller, Writes
from ventros_identity.commands import guessing, mail, secret_tokens
from ventros_identity.commands.passwords import MAX_LENGTH, MIN_LENGTH
from ventros_identity.commands.prove import prove
from ventros_identity.commands.sign_in import MAX_ACCOUNTS
from ventros_identity.domain.audit import Actor, entry_of
from ventros_identity.domain.guessing import RESET, Subject, TooManyAttempts
from ventros_identity.domain.mail import Language
from ventros_identity.domain.password import (
    RESET_LASTS,
    ResetInvalid,
    WrongPassword,
    reset_letter,
)
from ventros_identity.domain.user import normal_email
from ventros_identity.events.access import revoke
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.sign_ins import tell_ended
from ventros_identity.http.signing import Signs, refused
from ventros_identity.store import audit, email_confirmations, sign_ins, users
from ventros_identity.store import passwords as store

PREFIX = "vp_"
NewPassword = Annotated[str, Meta(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
OldPassword = Annotated[str, Meta(min_length=1, max_length=1024)]
_NOT_GOOD = "The link is unknown, was used, or its time is over. Ask for another."


class ChangePasswordRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The old password proves that it is not just somebody at an open screen."""

    old_password: OldPassword
    new_password: NewPassword


class ResetRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose password is forgotten, and the language of the mail."""

    email: Annotated[str, Meta(min_length=1, max_length=254)]
    language: Language = "pt"


class ResetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """For how many seconds a link is good, if one was sent."""

    expires_in: int


class ConfirmResetRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of the link in the mail."""

    token: Annotated[str, Meta(min_length=1, max_length=128)]
    new_password: NewPassword


@post(
    "/v1/me/password",
    operation_id="change_password",
    summary="Change one's password",
    tags=["sign-in"],
    status_code=204,
    responses={
        403: refused("The old password is wrong."),
        429: refused("Too many attempts; Retry-After says when the next is let through."),
    },
)
async def change_password(
    data: JSONBody[ChangePasswordRequest],
    principal: Caller,
    writer: Writes,
    signing: Signs,
    origin: Comes,
) -> None:
    """Change the password; every other sign-in of the caller ends."""
    tenant_id, user_id = principal.tenant_id, principal.subject
    known = await prove(signing.db, signing.passwords, tenant_id, user_id, data.old_password)
    password_hash = await signing.passwords.hash(data.new_password)
    async with writer(principal) as tx:
        if not await store.replace(tx, tenant_id, user_id, password_hash, old=known.password_hash):
            raise WrongPassword("The password has been changed meanwhile.")
        await store.forget_resets(tx, tenant_id, user_id)
        ended = await sign_ins.end_all(
            tx, tenant_id, user_id, "password_changed", but=principal.sign_in_id
        )
        changed = entry(principal, origin, "user.password_changed", "user", user_id)
        await audit.append(tx, [changed])
        await tell_ended(tx, principal, origin, user_id, ended, "password_changed")


@post(
    "/v1/auth/password-reset",
    operation_id="request_password_reset",
    summary="Ask for a link that resets a password",
    tags=["sign-in"],
    status_code=202,
)
async def request_reset(data: JSONBody[ResetRequest], signing: Signs, origin: Comes) -> ResetAnswer:
    """Mail a link to the address, if somebody has it; the answer is the same if nobody does.

    After three mails in an hour there are no more for a while, which is not told either.
    """
    email = normal_email(data.email)
    with suppress(TooManyAttempts):
        await guessing.attempt(signing.db, [Subject(limit=RESET, value=email)])
        async with signing.db.system() as tx:
            accounts = await users.by_email(tx, email, MAX_ACCOUNTS)
        for account in accounts:
            if not account.active:
                continue
            token = secret_tokens.make(PREFIX, account.tenant_id)
            link = f"{signing.app_url.rstrip('/')}/reset-password#token={token.text}"
            asked = entry_of(
                account.tenant_id,
                Actor(kind="user", id=account.id),
                origin,
                "user.password_reset_requested",
                "user",
                account.id,
            )
            async with signing.db.tenant(account.tenant_id) as tx:
                await store.add_reset(tx, account.tenant_id, account.id, token.hash, RESET_LASTS)
                letter = reset_letter(data.language, link)
                await mail.write(tx, signing.vault, account.tenant_id, email, letter)
                await audit.append(tx, [asked])
    return ResetAnswer(expires_in=int(RESET_LASTS.total_seconds()))


@post(
    "/v1/auth/password-reset/confirm",
    operation_id="confirm_password_reset",
    summary="Set a forgotten password anew",
    tags=["sign-in"],
    status_code=204,
    responses={401: refused(_NOT_GOOD)},
)
async def confirm_reset(data: JSONBody[ConfirmResetRequest], signing: Signs, origin: Comes) -> None:
    """Set the password by the token of a link, once; every sign-in of the user ends."""
    token = secret_tokens.read(PREFIX, data.token)
    if token is None:
        raise ResetInvalid(_NOT_GOOD)
    tenant_id = token.tenant_id
    async with signing.db.tenant(tenant_id) as tx:
        # Looked at before, so that a guess costs no hash.
        if not await store.knows_reset(tx, tenant_id, token.hash):
            raise ResetInvalid(_NOT_GOOD)
    password_hash = await signing.passwords.hash(data.new_password)
    async with signing.db.tenant(tenant_id) as tx:
        user_id = await store.take_reset(tx, tenant_id, token.hash)
        email = user_id and await store.replace(tx, tenant_id, user_id, password_hash)
        if user_id is None or not email:
            raise ResetInvalid(_NOT_GOOD)
        await store.forget_resets(tx, tenant_id, user_id)
        # The link came by mail to the address.
        await email_confirmations.confirm(tx, tenant_id, user_id)
        ended = await sign_ins.end_all(tx, tenant_id, user_id, "password_reset")
        actor = Actor(kind="user", id=user_id)
        after = {"ended_sign_ins": [str(one) for one in ended]}
        changed = entry_of(
            tenant_id, actor, origin, "user.password_reset", "user", user_id, after=after
        )
        await audit.append(tx, [changed])
        project_id = await sign_ins.project_of(tx, tenant_id, ended)
        if project_id is not None:
            await revoke(tx, tenant_id, project_id, "sign_in", ended, user_id=user_id)
    signing.bell.ring()
    await guessing.forget_devices(signing.db, email)
