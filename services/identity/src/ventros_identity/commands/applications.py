"""Register, change, switch and delete applications, and exchange their secrets."""

from uuid import UUID

import msgspec

from platform_auth.scopes import granted
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_identity.domain import application_secret
from ventros_identity.domain.api_key import allowed_scopes
from ventros_identity.domain.application import (
    MOST_SECRETS,
    Application,
    ApplicationChange,
    ApplicationKind,
    ApplicationNotFound,
    ApplicationSecret,
    ApplicationSecretNotFound,
    NotConfidential,
    TooManySecrets,
    allowed_redirect_uris,
    changed,
    check_acts_for_itself,
)
from ventros_identity.domain.project import ProjectNotFound
from ventros_identity.store import application_consents, applications, authorization_codes, projects


class CreateApplication(msgspec.Struct, frozen=True, kw_only=True):
    """An application to be registered by somebody who `may` do this, and lets it ask for no more.

    With `project_id` it acts for itself there.
    """

    tenant_id: UUID
    name: str
    kind: ApplicationKind
    redirect_uris: list[str]
    scopes: list[str]
    project_id: UUID | None
    by: UUID
    may: frozenset[str]


async def create_application(
    tx: Tx, command: CreateApplication
) -> tuple[Application, tuple[ApplicationSecret, str] | None]:
    """The application, and of a confidential one its first secret with the text, which nobody can
    ever read again.

    Raises:
        ScopesNotAllowed, RedirectUriNotAllowed, NotConfidential, ProjectNotFound
    """
    now = utc_now()
    check_acts_for_itself(command.kind, command.project_id)
    application = Application(
        tenant_id=command.tenant_id,
        id=new_id(),
        name=command.name,
        kind=command.kind,
        redirect_uris=allowed_redirect_uris(command.redirect_uris, command.kind),
        scopes=allowed_scopes(command.scopes, granted(command.may)),
        project_id=command.project_id,
        enabled=True,
        created_by=command.by,
        version=1,
        created_at=now,
        updated_at=now,
    )
    await _check_project(tx, application)
    made = await applications.insert(tx, application)
    if made.kind == "public":
        return made, None
    return made, await _add_secret(tx, made, command.by)


async def read_application(tx: Tx, tenant_id: UUID, application_id: UUID) -> Application:
    """An application of the tenant. Raises `ApplicationNotFound`."""
    return await _found(tx, tenant_id, application_id)


async def change_application(
    tx: Tx,
    tenant_id: UUID,
    application_id: UUID,
    change: ApplicationChange,
    may: frozenset[str],
) -> tuple[Application, Application]:
    """The application before and after; the very same when nothing is different.

    Raises:
        ApplicationNotFound, ScopesNotAllowed, RedirectUriNotAllowed, NotConfidential,
        ProjectNotFound
    """
    before = await _found(tx, tenant_id, application_id, lock=True)
    after = changed(before, change, granted(may))
    if after is before:
        return before, before
    if after.project_id != before.project_id:
        await _check_project(tx, after)
    return before, await applications.update(tx, after)


async def switch_application(
    tx: Tx, tenant_id: UUID, application_id: UUID, *, enabled: bool
) -> tuple[Application, Application]:
    """The application before and after; the very same when it was so already.

    Whoever switches it off ends what it has for people. Raises `ApplicationNotFound`.
    """
    before = await _found(tx, tenant_id, application_id, lock=True)
    if before.enabled == enabled:
        return before, before
    if not enabled:
        await _drop_consents(tx, tenant_id, application_id)
    after = msgspec.structs.replace(before, enabled=enabled)
    return before, await applications.update(tx, after)


async def delete_application(tx: Tx, tenant_id: UUID, application_id: UUID) -> Application:
    """The application as it was deleted. Raises `ApplicationNotFound`."""
    await _drop_consents(tx, tenant_id, application_id)
    gone = await applications.delete(tx, tenant_id, application_id)
    if gone is None:
        raise _missing()
    return gone


async def add_secret(
    tx: Tx, tenant_id: UUID, application_id: UUID, by: UUID
) -> tuple[Application, ApplicationSecret, str]:
    """The application, its new secret and the text of that, which nobody can ever read again.

    Raises:
        ApplicationNotFound, NotConfidential, TooManySecrets
    """
    application = await _found(tx, tenant_id, application_id, lock=True)
    if application.kind == "public":
        raise NotConfidential("A public application has no secrets.")
    if len(await applications.kept_secrets(tx, tenant_id, application_id)) >= MOST_SECRETS:
        raise TooManySecrets("There are two secrets; delete the older one first.")
    after = await applications.update(tx, application)
    secret, text = await _add_secret(tx, application, by)
    return after, secret, text


async def delete_secret(
    tx: Tx, tenant_id: UUID, application_id: UUID, secret_id: UUID
) -> tuple[Application, ApplicationSecret]:
    """The application, and the secret that is gone.

    Raises:
        ApplicationNotFound, ApplicationSecretNotFound
    """
    application = await _found(tx, tenant_id, application_id, lock=True)
    gone = await applications.delete_secret(tx, tenant_id, application_id, secret_id)
    if gone is None:
        raise ApplicationSecretNotFound("No secret of this application has this id.")
    return await applications.update(tx, application), gone


async def _drop_consents(tx: Tx, tenant_id: UUID, application_id: UUID) -> None:
    await authorization_codes.drop_of(tx, tenant_id, application_id)
    await application_consents.forget(tx, tenant_id, application_id)


async def _add_secret(tx: Tx, application: Application, by: UUID) -> tuple[ApplicationSecret, str]:
    text = application_secret.make()
    secret = await applications.insert_secret(
        tx,
        application.tenant_id,
        new_id(),
        application_id=application.id,
        secret_hash=application_secret.hash_of(text),
        created_by=by,
    )
    return secret, text


async def _check_project(tx: Tx, application: Application) -> None:
    if application.project_id is None:
        return
    if await projects.find(tx, application.tenant_id, application.project_id) is None:
        raise ProjectNotFound("No project has this id.")


async def _found(
    tx: Tx, tenant_id: UUID, application_id: UUID, *, lock: bool = False
) -> Application:
    application = await applications.find(tx, tenant_id, application_id, lock=lock)
    if application is None:
        raise _missing()
    return application


def _missing() -> ApplicationNotFound:
    return ApplicationNotFound("No application has this id.")
