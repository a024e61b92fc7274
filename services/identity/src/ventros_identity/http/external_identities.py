"""`/v1/me/external-identities` and `/v1/users/{user_id}/external-identities`: at which providers
somebody is known, and no longer to be.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, delete, get
from litestar.params import FromPath

from platform_auth import Principal
from platform_bus import emit
from platform_http import Caller, Page, Paged, PageRequest, Reads, Writes
from platform_postgres import Tx
from ventros_identity.domain.audit import Origin
from ventros_identity.domain.external_sign_in import ExternalIdentity, ExternalIdentityNotFound
from ventros_identity.domain.sign_in import EndReason
from ventros_identity.events import identity_providers as said
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.sign_ins import tell_all_ended
from ventros_identity.queries import tenant as queries
from ventros_identity.store import audit, external_identities, sign_ins


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
        async with reader(principal) as tx:
            return await _page(tx, principal, principal.subject, page)

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
        """Forget who the caller is at a provider. The caller's other sign-ins by that provider end;
        signing in there with the caller's verified address links it again."""
        async with writer(principal) as tx:
            await _unlink(tx, principal, origin, principal.subject, external_identity_id)


class ExternalIdentitiesOfUsers(Controller):
    """Others' of the tenant."""

    path = "/v1/users/{user_id:uuid}/external-identities"
    tags = ("users",)

    @get(operation_id="list_external_identities", summary="List a user's external identities")
    async def list_theirs(
        self, user_id: FromPath[UUID], principal: Caller, reader: Reads, page: Paged
    ) -> Page[ExternalIdentityResponse]:
        """The identity providers that the user has signed in with, in that order."""
        async with reader(principal) as tx:
            await queries.user(tx, principal.tenant_id, user_id)
            return await _page(tx, principal, user_id, page)

    @delete(
        "/{external_identity_id:uuid}",
        operation_id="unlink_external_identity_of_user",
        summary="Unlink a user's external identity",
    )
    async def unlink_theirs(
        self,
        user_id: FromPath[UUID],
        external_identity_id: FromPath[UUID],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> None:
        """Forget who the user is at a provider. The user's sign-ins by that provider end; signing
        in there with the user's verified address links it again."""
        async with writer(principal) as tx:
            await queries.user(tx, principal.tenant_id, user_id)
            await _unlink(tx, principal, origin, user_id, external_identity_id)


async def _page(
    tx: Tx, principal: Principal, user_id: UUID, page: PageRequest
) -> Page[ExternalIdentityResponse]:
    question = f"external identities {user_id}"
    after = page.after(question, UUID)
    rows = await external_identities.page(
        tx, principal.tenant_id, user_id, after=after, limit=page.fetch
    )
    return page.cut(question, rows, lambda row: row.id, external_identity_response)


async def _unlink(
    tx: Tx, principal: Principal, origin: Origin, user_id: UUID, identity_id: UUID
) -> None:
    """Take it away with what came in by it, but for the sign-in of the caller."""
    tenant_id = principal.tenant_id
    gone = await external_identities.delete(tx, tenant_id, user_id, identity_id)
    if gone is None:
        raise ExternalIdentityNotFound("No external identity of the user has this id.")
    await emit(tx, [said.identity_unlinked(gone, principal.project_id, principal.subject)])
    before = {
        "external_identity_id": str(gone.id),
        "identity_provider_id": str(gone.provider_id),
    }
    told = entry(principal, origin, "external_identity.unlinked", "user", user_id, before=before)
    await audit.append(tx, [told])
    reason: EndReason = "external_identity_unlinked"
    ended = await sign_ins.end_of_provider(
        tx, tenant_id, gone.provider_id, reason, user_id=user_id, but=principal.sign_in_id
    )
    await tell_all_ended(tx, principal, origin, ended, reason)
