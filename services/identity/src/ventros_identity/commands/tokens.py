"""Tokens for applications: load what is named, let the library judge, write what it grants."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Database, Tx
from ventros_identity.commands import secret_tokens
from ventros_identity.commands.refresh import PREFIX, Reused, Started, exchange, start
from ventros_identity.commands.secret_tokens import SecretToken
from ventros_identity.commands.sign_in import SignedIn, enter
from ventros_identity.domain.application import AuthorizationCode
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.sign_in import EndReason, Lifetimes, RefreshTokenInvalid, SignIn
from ventros_identity.domain.user import InvalidCredentials
from ventros_identity.oauth.judge import (
    Granted,
    Loaded,
    Refused,
    Secret,
    authenticate,
    judge,
    refused,
)
from ventros_identity.store import applications, authorization_codes, projects, sign_ins

CODE_PREFIX: Final = "vc_"
_OVER: Final = refused("invalid_grant", "It is not good any more.")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request by a client: its form, each field once, and its Authorization header."""

    client_id: UUID
    form: Mapping[str, str]
    authorization: str | None
    origin: Origin


class ForItself(msgspec.Struct, frozen=True, kw_only=True):
    """The application acts for itself, in this project."""

    granted: Granted
    project_id: UUID


class ForPerson(msgspec.Struct, frozen=True, kw_only=True):
    """The application acts for a person; `new` when it did not before."""

    granted: Granted
    started: Started
    new: bool


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What was shown has been copied: the sign-in of it was ended and has to be revoked."""

    sign_in_id: UUID
    user_id: UUID
    project_id: UUID
    reason: EndReason


Outcome = ForItself | ForPerson | Ended | Refused


async def tenant_of(db: Database, client_id: UUID) -> UUID | None:
    """Whose application it is."""
    async with db.system() as tx:
        return await applications.tenant_of(tx, client_id)


async def give(tx: Tx, tenant_id: UUID, asked: Asked, lifetimes: Lifetimes) -> Outcome:
    """What comes of a token request; nothing is raised, so that what has to end does end."""
    grant_type = asked.form.get("grant_type")
    loaded = await _client(tx, tenant_id, asked.client_id)
    code = refresh = None
    if grant_type == "authorization_code":
        code = _read(CODE_PREFIX, asked.form.get("code"), tenant_id)
    elif grant_type == "refresh_token":
        refresh = _read(PREFIX, asked.form.get("refresh_token"), tenant_id)
    if code is not None:
        kept = await authorization_codes.lock(tx, tenant_id, code.hash)
        if kept is not None:
            good = kept.code.used_at is None and kept.now < kept.code.expires_at
            loaded = msgspec.structs.replace(loaded, code=kept.code, code_is_good=good)
    if refresh is not None:
        sign_in = await sign_ins.lock_by_token(tx, tenant_id, refresh.hash)
        loaded = msgspec.structs.replace(loaded, sign_in=sign_in)
    verdict = judge(asked.form, asked.authorization, loaded)
    if isinstance(verdict, Refused):
        return await _end_copied(tx, loaded.code) or verdict if verdict.reused else verdict
    await _note_use(tx, tenant_id, verdict)
    if loaded.code is not None:
        return await _by_code(tx, verdict, loaded.code, asked.origin, lifetimes)
    if refresh is not None:
        return await _by_refresh_token(tx, verdict, refresh, asked.origin, lifetimes)
    return await _for_itself(tx, tenant_id, verdict)


async def take_back(tx: Tx, tenant_id: UUID, asked: Asked) -> SignIn | Refused | None:
    """End the sign-in of a refresh token (RFC 7009); None when none of this client's has it."""
    loaded = await _client(tx, tenant_id, asked.client_id)
    verdict = authenticate(asked.form, asked.authorization, loaded)
    if isinstance(verdict, Refused):
        return verdict
    await _note_use(tx, tenant_id, verdict)
    if "token" not in asked.form:
        return refused("invalid_request", "There is no token.")
    token = _read(PREFIX, asked.form["token"], tenant_id)
    if token is None:
        return None
    sign_in = await sign_ins.lock_by_token(tx, tenant_id, token.hash)
    if sign_in is None or sign_in.application_id != asked.client_id:
        return None
    await sign_ins.end(tx, tenant_id, sign_in.user_id, sign_in.id, "signed_out")
    return sign_in


async def _client(tx: Tx, tenant_id: UUID, client_id: UUID) -> Loaded:
    # Held until the end: a disabling waits for the tokens and ends them, or is seen.
    application = await applications.find(tx, tenant_id, client_id, hold=True)
    if application is None or not application.enabled:
        return Loaded(application=None)
    kept = await applications.kept_secrets(tx, tenant_id, client_id)
    secrets = [Secret(id=one.id, hash=one.secret_hash) for one in kept]
    return Loaded(application=application, secrets=secrets)


def _read(prefix: str, text: str | None, tenant_id: UUID) -> SecretToken | None:
    token = None if text is None else secret_tokens.read(prefix, text)
    return token if token is not None and token.tenant_id == tenant_id else None


async def _note_use(tx: Tx, tenant_id: UUID, verdict: Granted) -> None:
    if verdict.secret_id is not None:
        await applications.secret_used(tx, tenant_id, verdict.secret_id)


async def _by_code(
    tx: Tx, verdict: Granted, code: AuthorizationCode, origin: Origin, lifetimes: Lifetimes
) -> Outcome:
    entered = await enter(tx, code.tenant_id, code.user_id, code.project_id)
    if entered is None:
        return _OVER
    signed_in = SignedIn(
        user=entered.user,
        project_id=entered.project_id,
        project_role=entered.project_role,
        password_mark=code.password_mark,
    )
    try:
        started = await start(
            tx,
            signed_in,
            origin,
            lifetimes,
            application_id=code.application_id,
            scopes=verdict.scopes,
        )
    except InvalidCredentials:
        return _OVER
    await authorization_codes.use(tx, code, started.sign_in.id)
    return ForPerson(granted=verdict, started=started, new=True)


async def _by_refresh_token(
    tx: Tx, verdict: Granted, token: SecretToken, origin: Origin, lifetimes: Lifetimes
) -> Outcome:
    try:
        outcome = await exchange(
            tx, token, origin, lifetimes, application_id=verdict.application.id
        )
    except RefreshTokenInvalid:
        return _OVER
    if isinstance(outcome, Reused):
        gone = outcome.sign_in
        return Ended(
            sign_in_id=gone.id,
            user_id=gone.user_id,
            project_id=gone.project_id,
            reason="refresh_token_reused",
        )
    return ForPerson(granted=verdict, started=outcome, new=False)


async def _for_itself(tx: Tx, tenant_id: UUID, verdict: Granted) -> Outcome:
    project_id = verdict.application.project_id
    if project_id is None or not await projects.hold_active(tx, tenant_id, project_id):
        return refused("unauthorized_client", "The project of the application is not active.")
    return ForItself(granted=verdict, project_id=project_id)


async def _end_copied(tx: Tx, code: AuthorizationCode | None) -> Ended | None:
    """A code that comes a second time was copied: what it was exchanged for ends."""
    if code is None or code.sign_in_id is None:
        return None
    if not await sign_ins.end(tx, code.tenant_id, code.user_id, code.sign_in_id, "code_reused"):
        return None
    return Ended(
        sign_in_id=code.sign_in_id,
        user_id=code.user_id,
        project_id=code.project_id,
        reason="code_reused",
    )
