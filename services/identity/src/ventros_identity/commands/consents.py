"""A person lets an application act for them, and takes that back."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_identity.commands import secret_tokens
from ventros_identity.commands.sign_in import enter, mark_of
from ventros_identity.commands.tokens import CODE_PREFIX
from ventros_identity.domain.application import ApplicationConsent, ConsentNotFound
from ventros_identity.domain.project import ProjectNotFound
from ventros_identity.oauth.authorize import (
    Pairs,
    SentBack,
    Unusable,
    Wanted,
    judge_authorization,
)
from ventros_identity.store import (
    application_consents,
    applications,
    authorization_codes,
    projects,
    sign_ins,
    users,
)


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """A consent with the code that the application exchanges, and what was allowed before."""

    consent: ApplicationConsent
    before: list[str] | None
    code: str


def client_of(pairs: Pairs) -> UUID | None:
    """The application that a request names, if it can be one."""
    try:
        return UUID(dict(pairs).get("client_id", ""))
    except ValueError:
        return None


async def judge(tx: Tx, tenant_id: UUID, pairs: Pairs) -> Wanted | SentBack | Unusable:
    """What is to be done with an authorization request to an application of the tenant."""
    client_id = client_of(pairs)
    application = None
    if client_id is not None:
        # Held until the end: a disabling waits for the code and drops it, or is seen.
        application = await applications.find(tx, tenant_id, client_id, hold=True)
    if application is not None and not application.enabled:
        application = None
    return judge_authorization(pairs, application)


async def allow(
    tx: Tx, tenant_id: UUID, user_id: UUID, wanted: Wanted, project_id: UUID
) -> Allowed:
    """Write the consent down and make a code.

    Raises:
        ProjectNotFound: the person may not enter it.
    """
    # A change of the password waits for the code, or is seen in its mark.
    password_hash = await users.lock_hash(tx, tenant_id, user_id)
    entered = await enter(tx, tenant_id, user_id, project_id)
    if (
        password_hash is None
        or entered is None
        or not await projects.hold_active(tx, tenant_id, entered.project_id)
    ):
        raise ProjectNotFound("No project that you may enter has this id.")
    application_id = wanted.application.id
    known = await application_consents.find(tx, tenant_id, user_id, application_id)
    consent = await application_consents.give(
        tx,
        tenant_id,
        new_id(),
        application_id=application_id,
        user_id=user_id,
        scopes=wanted.scopes,
    )
    code = secret_tokens.make(CODE_PREFIX, tenant_id)
    await authorization_codes.insert(
        tx,
        tenant_id,
        code.hash,
        application_id=application_id,
        redirect_uri=wanted.redirect_uri,
        code_challenge=wanted.code_challenge,
        user_id=user_id,
        project_id=entered.project_id,
        scopes=wanted.scopes,
        password_mark=mark_of(password_hash),
    )
    return Allowed(consent=consent, before=None if known is None else known.scopes, code=code.text)


async def withdraw(
    tx: Tx, tenant_id: UUID, user_id: UUID, application_id: UUID
) -> tuple[ApplicationConsent, Mapping[UUID, UUID]]:
    """The consent that is gone, and the sign-ins that ended with it.

    The caller says so with `events.access.revoke_all` in the same transaction.

    Raises:
        ConsentNotFound
    """
    # An exchange that holds the application comes before this, or after it and finds no code.
    await applications.find(tx, tenant_id, application_id, lock=True)
    gone = await application_consents.withdraw(tx, tenant_id, user_id, application_id)
    if gone is None:
        raise ConsentNotFound("You let no application of this id act for you.")
    await authorization_codes.drop_of(tx, tenant_id, application_id, user_id=user_id)
    ended = await sign_ins.end_of_application(
        tx, tenant_id, application_id, "consent_withdrawn", user_id=user_id
    )
    return gone, ended
