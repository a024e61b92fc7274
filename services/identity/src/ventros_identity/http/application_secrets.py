"""`/v1/applications/{id}/secrets`: one after the other, both good while they are exchanged."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import FromPath

from platform_bus import emit
from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_identity.commands import applications as commands
from ventros_identity.domain.application import ApplicationSecret
from ventros_identity.events import applications as events
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.signing import refused
from ventros_identity.store import applications, audit


class ApplicationSecretResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A secret without its text. `last_used_at` is right to the minute."""

    id: UUID
    created_by: UUID
    created_at: datetime
    last_used_at: datetime | None


class CreatedSecretResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The new secret with its text, which is shown now and never again."""

    secret: ApplicationSecretResponse
    client_secret: str


def secret_response(secret: ApplicationSecret) -> ApplicationSecretResponse:
    """The answer that shows a secret."""
    return ApplicationSecretResponse(
        id=secret.id,
        created_by=secret.created_by,
        created_at=secret.created_at,
        last_used_at=secret.last_used_at,
    )


class ApplicationSecrets(Controller):
    """The secrets of one application."""

    path = "/v1/applications/{application_id:uuid}/secrets"
    tags = ("Applications",)

    @post(
        operation_id="create_application_secret",
        summary="Make the next secret",
        idempotency="required",
        answer="secret",
        responses={409: refused("There are two already, or the application is public.")},
    )
    async def create(
        self, application_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> CreatedSecretResponse:
        """It is good beside the one that there is, until that one is deleted. At most two."""
        async with writer(principal) as tx:
            application, secret, text = await commands.add_secret(
                tx, principal.tenant_id, application_id, principal.subject
            )
            said = events.secret_changed(
                application, principal.project_id, principal.subject, secret.id, "created"
            )
            await emit(tx, [said])
            told = entry(
                principal,
                origin,
                "application.secret_created",
                "application",
                application.id,
                after={"secret_id": str(secret.id)},
            )
            await audit.append(tx, [told])
        return CreatedSecretResponse(secret=secret_response(secret), client_secret=text)

    @get(operation_id="list_application_secrets", summary="List the secrets of an application")
    async def list_secrets(
        self, application_id: FromPath[UUID], principal: Caller, reader: Reads, page: Paged
    ) -> Page[ApplicationSecretResponse]:
        """Which there are, and when each was last used; oldest first."""
        question = f"secrets of {application_id}"
        after = page.after(question, UUID)
        async with reader(principal) as tx:
            await commands.read_application(tx, principal.tenant_id, application_id)
            rows = await applications.secrets_page(
                tx, principal.tenant_id, application_id, after=after, limit=page.fetch
            )
        return page.cut(question, rows, lambda row: row.id, secret_response)

    @delete(
        "/{secret_id:uuid}",
        operation_id="delete_application_secret",
        summary="Delete a secret",
    )
    async def remove(
        self,
        application_id: FromPath[UUID],
        secret_id: FromPath[UUID],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> None:
        """No token is given for it any more; those that were live out their ten minutes."""
        async with writer(principal) as tx:
            application, gone = await commands.delete_secret(
                tx, principal.tenant_id, application_id, secret_id
            )
            said = events.secret_changed(
                application, principal.project_id, principal.subject, gone.id, "deleted"
            )
            await emit(tx, [said])
            told = entry(
                principal,
                origin,
                "application.secret_deleted",
                "application",
                application.id,
                before={"secret_id": str(gone.id)},
            )
            await audit.append(tx, [told])
