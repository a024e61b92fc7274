"""`/v1/me/external-identities`: at which providers one is known, and no longer to be."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, delete, get
from litestar.params import FromPath

from platform_bus import emit
from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_identity.domain.external_sign_in import ExternalIdentity, ExternalIdentityNotFound
from ventros_identity.events import identity_providers as said
from ventros_identity.http.audit import Comes, entry
from ventros_identity.store import audit, external_identities


class ExternalIdentityResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Who one is at a provider; `email` is the address that it last gave."""

    id: UUID
    identity_provider_id: UUID
    identity_provider_name: str
    email: str | None
    created_at: datetime
    last_used_at: datetime


def external_identity_response(identity: ExternalIdentity) -> ExternalIdentityResponse:
    """The answer that shows an external identity."""
    return ExternalIdentityResponse(
        id=identity.id,
        identity_provider_id=identity.provider_id,
        identity_provider_name=identity.provider_name,
        email=identity.email,
        created_at=identity.created_at,
        last_used_at=identity.last_used_at,
    )


class MyExternalIdentities(Controller):
    """The caller's own."""

    path = "/v1/me/external-identities"
    tags = ("sign-in",)

    @get(operation_id="list_my_external_identities", summary="List one's external identities")
    async def list_mine(
        self, principal: Caller, reader: Reads, page: Paged
    ) -> Page[ExternalIdentityResponse]:
        """The identity providers that the caller has signed in with, in that order."""
        question = f"external identities {principal.subject}"
        after = page.after(question, UUID)
        async with reader(principal) as tx:
            rows = await external_identities.page(
                tx, principal.tenant_id, principal.subject, after=after, limit=page.fetch
            )
        return page.cut(question, rows, lambda row: row.id, external_identity_response)

    @delete(
        "/{external_identity_id:uuid}",
        operation_id="unlink_external_identity",
        summary="Unlink an external identity",
    )
    async def unlink(
        self,
        external_identity_id: FromPath[UUID],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> None:
        """Forget who the caller is at a provider. Signing in there with the caller's verified
        address links it again."""
        async with writer(principal) as tx:
            gone = await external_identities.delete(
                tx, principal.tenant_id, principal.subject, external_identity_id
            )
            if gone is None:
                raise ExternalIdentityNotFound("None of your external identities has this id.")
            event = said.identity_unlinked(gone, principal.project_id, principal.subject)
            await emit(tx, [event])
            told = entry(
                principal,
                origin,
                "external_identity.unlinked",
                "user",
                principal.subject,
                before={
                    "external_identity_id": str(gone.id),
                    "identity_provider_id": str(gone.provider_id),
                },
            )
            await audit.append(tx, [told])
