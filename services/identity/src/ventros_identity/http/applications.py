"""`/v1/applications`: programs of others that people of the company may let in."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from platform_auth import Principal
from platform_bus import emit
from platform_core.types import NonEmptyStr
from platform_http import Caller, Page, Paged, Reads, Writer, Writes
from platform_postgres import Tx
from ventros_identity.commands import applications as commands
from ventros_identity.commands.email_confirmation import check_confirmed
from ventros_identity.domain.application import Application, ApplicationChange, ApplicationKind
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.sign_in import EndReason
from ventros_identity.events import applications as events
from ventros_identity.events.access import revoke
from ventros_identity.http.api_keys import Scopes
from ventros_identity.http.application_secrets import ApplicationSecretResponse, secret_response
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.signing import refused
from ventros_identity.store import applications, audit, sign_ins

RedirectUris = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=2048)]],
    Meta(
        max_length=20,
        description="Where codes may be sent to: https, compared to the letter. Of a public "
        "application also http to 127.0.0.1 or [::1], where the port alone is free.",
    ),
]
ActsIn = Annotated[
    UUID | None,
    Meta(description="The project in which it acts for itself (client credentials)."),
]
_NOT_ALLOWED = refused("Scopes or redirect URIs that cannot be; the detail names them.")


class CreateApplicationRequest(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """An application to be registered. Nobody lets it ask for more than they may do.

    A `public` one runs on people's own machines and keeps no secret: PKCE alone protects it.
    """

    name: NonEmptyStr
    kind: ApplicationKind
    redirect_uris: RedirectUris = []
    scopes: Scopes
    project_id: ActsIn = None


class UpdateApplicationRequest(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """What is to change; a field that is left out stays. With null it acts for itself nowhere."""

    name: NonEmptyStr | UnsetType = UNSET
    redirect_uris: RedirectUris | UnsetType = UNSET
    scopes: Scopes | UnsetType = UNSET
    project_id: UUID | UnsetType | None = UNSET


class ApplicationResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An application. Its `id` is the `client_id`; `created_by` is a user's id."""

    id: UUID
    name: str
    kind: ApplicationKind
    redirect_uris: list[str]
    scopes: list[str]
    project_id: UUID | None
    enabled: bool
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    version: int


class CreatedApplicationResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The new application; of a confidential one its first secret, shown now and never again."""

    application: ApplicationResponse
    secret: ApplicationSecretResponse | None
    client_secret: str | None


def application_response(application: Application) -> ApplicationResponse:
    """The answer that shows an application."""
    return ApplicationResponse(
        id=application.id,
        name=application.name,
        kind=application.kind,
        redirect_uris=application.redirect_uris,
        scopes=application.scopes,
        project_id=application.project_id,
        enabled=application.enabled,
        created_by=application.created_by,
        created_at=application.created_at,
        updated_at=application.updated_at,
        version=application.version,
    )


def shown(application: Application) -> dict[str, Any]:
    """What the audit log shows of an application."""
    project_id = application.project_id
    return {
        "name": application.name,
        "kind": application.kind,
        "redirect_uris": application.redirect_uris,
        "scopes": application.scopes,
        "project_id": None if project_id is None else str(project_id),
        "enabled": application.enabled,
    }


class Applications(Controller):
    """The applications of the caller's company."""

    path = "/v1/applications"
    tags = ("Applications",)

    @post(
        operation_id="create_application",
        summary="Register an application",
        idempotency="required",
        answer="secret",
        responses={
            403: refused(
                "The role lacks the permission, or the caller has not confirmed their address."
            ),
            404: refused("There is no such project."),
            409: refused("A public application does not act for itself."),
            422: _NOT_ALLOWED,
        },
    )
    async def create(
        self,
        data: JSONBody[CreateApplicationRequest],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> CreatedApplicationResponse:
        """The answer has the secret of a confidential application, once."""
        command = commands.CreateApplication(
            tenant_id=principal.tenant_id,
            name=data.name,
            kind=data.kind,
            redirect_uris=data.redirect_uris,
            scopes=data.scopes,
            project_id=data.project_id,
            by=principal.subject,
            may=principal.permissions,
        )
        async with writer(principal) as tx:
            await check_confirmed(tx, principal)
            made, secret = await commands.create_application(tx, command)
            await emit(tx, [events.application_created(made, principal.project_id)])
            await _note(tx, principal, origin, "created", made.id, after=shown(made))
        return CreatedApplicationResponse(
            application=application_response(made),
            secret=None if secret is None else secret_response(secret[0]),
            client_secret=None if secret is None else secret[1],
        )

    @get(operation_id="list_applications", summary="List applications")
    async def list_applications(
        self, principal: Caller, reader: Reads, page: Paged
    ) -> Page[ApplicationResponse]:
        """All of the company's, in the order in which they were registered."""
        after = page.after("applications", UUID)
        async with reader(principal) as tx:
            rows = await applications.page(tx, principal.tenant_id, after=after, limit=page.fetch)
        return page.cut("applications", rows, lambda row: row.id, application_response)

    @get("/{application_id:uuid}", operation_id="read_application", summary="Read an application")
    async def read(
        self, application_id: FromPath[UUID], principal: Caller, reader: Reads
    ) -> ApplicationResponse:
        """One application, without its secrets."""
        async with reader(principal) as tx:
            found = await commands.read_application(tx, principal.tenant_id, application_id)
        return application_response(found)

    @patch(
        "/{application_id:uuid}",
        operation_id="update_application",
        summary="Change an application",
        responses={
            409: refused("A public application does not act for itself."),
            422: _NOT_ALLOWED,
        },
    )
    async def update(
        self,
        application_id: FromPath[UUID],
        data: JSONBody[UpdateApplicationRequest],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> ApplicationResponse:
        """Tokens that were made for other scopes or another project are refused within a second;
        the next ones are as it is now."""
        change = ApplicationChange(
            name=data.name,
            redirect_uris=data.redirect_uris,
            scopes=data.scopes,
            project_id=data.project_id,
        )
        async with writer(principal) as tx:
            before, after = await commands.change_application(
                tx, principal.tenant_id, application_id, change, principal.permissions
            )
            if after is not before:
                await emit(
                    tx,
                    [events.application_updated(after, principal.project_id, principal.subject)],
                )
                await _note(
                    tx,
                    principal,
                    origin,
                    "updated",
                    after.id,
                    before=shown(before),
                    after=shown(after),
                )
            if (before.scopes, before.project_id) != (after.scopes, after.project_id):
                await revoke(tx, after.tenant_id, principal.project_id, "application", [after.id])
        return application_response(after)

    @post(
        "/{application_id:uuid}/disable",
        operation_id="disable_application",
        summary="Disable an application",
        status_code=200,
    )
    async def disable(
        self, application_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> ApplicationResponse:
        """All that it can do ends within a second. People have to let it in anew afterwards."""
        return await _switch(principal, writer, origin, application_id, enabled=False)

    @post(
        "/{application_id:uuid}/enable",
        operation_id="enable_application",
        summary="Enable an application",
        status_code=200,
    )
    async def enable(
        self, application_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> ApplicationResponse:
        """Let an application that was disabled ask for tokens again."""
        return await _switch(principal, writer, origin, application_id, enabled=True)

    @delete(
        "/{application_id:uuid}",
        operation_id="delete_application",
        summary="Delete an application",
    )
    async def remove(
        self, application_id: FromPath[UUID], principal: Caller, writer: Writes, origin: Comes
    ) -> None:
        """It is gone with its secrets; all that it can do ends within a second."""
        async with writer(principal) as tx:
            gone = await commands.delete_application(tx, principal.tenant_id, application_id)
            await _ended(tx, principal, origin, gone, "deleted", before=shown(gone))


async def _switch(
    principal: Principal, writer: Writer, origin: Origin, application_id: UUID, *, enabled: bool
) -> ApplicationResponse:
    async with writer(principal) as tx:
        before, after = await commands.switch_application(
            tx, principal.tenant_id, application_id, enabled=enabled
        )
        if after is before:
            return application_response(after)
        if not enabled:
            await _ended(tx, principal, origin, after, "disabled")
        else:
            await _say(tx, principal, after, "enabled")
            await _note(tx, principal, origin, "enabled", after.id)
    return application_response(after)


async def _ended(
    tx: Tx,
    principal: Principal,
    origin: Origin,
    application: Application,
    how: Literal["disabled", "deleted"],
    *,
    before: dict[str, Any] | None = None,
) -> None:
    """End what the application has for itself and for people, and say so.

    To refuse an application is to refuse all its tokens, people's as well: one word is enough.
    """
    reason: EndReason = "application_disabled" if how == "disabled" else "application_deleted"
    tenant_id, project_id = application.tenant_id, principal.project_id
    await sign_ins.end_of_application(tx, tenant_id, application.id, reason)
    await revoke(tx, tenant_id, project_id, "application", [application.id])
    await _say(tx, principal, application, how)
    await _note(tx, principal, origin, how, application.id, before=before)


async def _say(
    tx: Tx,
    principal: Principal,
    application: Application,
    how: Literal["deleted", "disabled", "enabled"],
) -> None:
    said = events.application_switched(application, principal.project_id, principal.subject, how)
    await emit(tx, [said])


async def _note(
    tx: Tx,
    principal: Principal,
    origin: Origin,
    what: str,
    application_id: UUID,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    action = f"application.{what}"
    told = entry(
        principal, origin, action, "application", application_id, before=before, after=after
    )
    await audit.append(tx, [told])
