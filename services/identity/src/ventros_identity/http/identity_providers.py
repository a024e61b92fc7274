"""`/v1/identity-providers`: the OpenID providers with which a tenant's people sign in."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from msgspec import UNSET, Meta, UnsetType

from platform_auth import Principal
from platform_bus import emit
from platform_core.types import HttpUrl, NonEmptyStr
from platform_http import Caller, Page, Paged, Reads, Writes
from platform_postgres import Tx
from ventros_identity.commands import identity_providers as commands
from ventros_identity.domain.audit import Entry, Origin
from ventros_identity.domain.identity_provider import (
    IdentityProvider,
    IdentityProviderUnavailable,
    IdentityProviderUnreachable,
    NewUserRole,
    NewUsers,
    ProviderChange,
)
from ventros_identity.domain.member import ProjectRoleName
from ventros_identity.domain.sign_in import EndReason
from ventros_identity.events import identity_providers as said
from ventros_identity.http.audit import Comes, entry
from ventros_identity.http.sign_ins import tell_all_ended
from ventros_identity.http.signing import Signs, refused
from ventros_identity.openid.client import OpenIdClient
from ventros_identity.openid.metadata import Metadata
from ventros_identity.store import audit, identity_providers, sign_ins

Asks = NamedDependency[SkipValidation[OpenIdClient]]
"""The type of a handler's `openid` parameter."""

Issuer = Annotated[
    str,
    Meta(
        pattern=r"^https?://[A-Za-z0-9\[][!-~]*(?![\s\S])",
        max_length=512,
        examples=["https://x.example"],
    ),
]
Domain = Annotated[
    str,
    Meta(
        max_length=253,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+(?![\s\S])",
        examples=["example.com"],
    ),
]
ClientId = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[ -~]+(?![\s\S])")]
ClientSecret = Annotated[str, Meta(min_length=1, max_length=2048, pattern=r"^[ -~]+(?![\s\S])")]
Domains = Annotated[list[Domain], Meta(max_length=50)]
RedirectUris = Annotated[list[HttpUrl], Meta(max_length=10)]
_UNFIT = refused(
    "The provider does not answer, or what it says of itself, or who may come in, is not as it must"
    " be."
)


class NewUsersFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody becomes who was no user before. Users and readonly ones need a project."""

    role: NewUserRole
    project_id: UUID | None = None
    project_role: ProjectRoleName | None = None


class CreateIdentityProviderRequest(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A provider, exactly by the issuer that its metadata names.

    Without `new_users` only those get in who are users already; with it, `email_domains` says whose
    addresses make new ones. Without `redirect_uris` it is the app's own address.
    """

    name: NonEmptyStr
    issuer: Issuer
    client_id: ClientId
    client_secret: ClientSecret
    email_domains: Domains = []
    redirect_uris: RedirectUris = []
    new_users: NewUsersFields | None = None
    enabled: bool = True


class UpdateIdentityProviderRequest(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """What is to change; a field that is left out stays. The issuer cannot change."""

    name: NonEmptyStr | UnsetType = UNSET
    client_id: ClientId | UnsetType = UNSET
    client_secret: ClientSecret | UnsetType = UNSET
    email_domains: Domains | UnsetType = UNSET
    redirect_uris: RedirectUris | UnsetType = UNSET
    new_users: NewUsersFields | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET


class IdentityProviderResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A provider. Its client secret is never shown."""

    id: UUID
    name: str
    issuer: str
    client_id: str
    email_domains: list[str]
    redirect_uris: list[str]
    new_users: NewUsersFields | None
    enabled: bool
    version: int
    created_at: datetime
    updated_at: datetime


class IdentityProviderTest(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says of itself right now, and how many keys of it can sign."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    keys: int


def provider_response(provider: IdentityProvider) -> IdentityProviderResponse:
    """The answer that shows a provider."""
    new = provider.new_users
    shown = None
    if new is not None:
        shown = NewUsersFields(
            role=new.role, project_id=new.project_id, project_role=new.project_role
        )
    return IdentityProviderResponse(
        id=provider.id,
        name=provider.name,
        issuer=provider.issuer,
        client_id=provider.client_id,
        email_domains=provider.email_domains,
        redirect_uris=provider.redirect_uris,
        new_users=shown,
        enabled=provider.enabled,
        version=provider.version,
        created_at=provider.created_at,
        updated_at=provider.updated_at,
    )


class IdentityProviders(Controller):
    """The identity providers of the caller's tenant."""

    path = "/v1/identity-providers"
    tags = ("identity providers",)

    @post(
        operation_id="create_identity_provider",
        summary="Add an identity provider",
        responses={404: refused("There is no such project for new users."), 422: _UNFIT},
    )
    async def create(
        self,
        data: JSONBody[CreateIdentityProviderRequest],
        principal: Caller,
        writer: Writes,
        signing: Signs,
        openid: Asks,
        origin: Comes,
    ) -> IdentityProviderResponse:
        """Let people sign in with an OpenID provider. Its metadata is fetched and checked now."""
        await _look(openid, data.issuer)
        command = commands.CreateProvider(
            tenant_id=principal.tenant_id,
            name=data.name,
            issuer=data.issuer,
            client_id=data.client_id,
            client_secret=data.client_secret,
            email_domains=data.email_domains,
            redirect_uris=data.redirect_uris,
            new_users=_new_users(data.new_users),
            enabled=data.enabled,
        )
        async with writer(principal) as tx:
            made = await commands.create_provider(tx, signing.vault, command)
            await emit(tx, [said.provider_created(made, principal.project_id, principal.subject)])
            told = _told(principal, origin, "created", after=_shown(made))
            await audit.append(tx, [told])
        return provider_response(made)

    @get(operation_id="list_identity_providers", summary="List identity providers")
    async def list_providers(
        self, principal: Caller, reader: Reads, page: Paged
    ) -> Page[IdentityProviderResponse]:
        """The tenant's identity providers, in the order of their creation."""
        after = page.after("identity providers", UUID)
        async with reader(principal) as tx:
            rows = await identity_providers.page(
                tx, principal.tenant_id, after=after, limit=page.fetch
            )
        return page.cut("identity providers", rows, lambda row: row.id, provider_response)

    @get(
        "/{identity_provider_id:uuid}",
        operation_id="read_identity_provider",
        summary="Read an identity provider",
    )
    async def read(
        self, identity_provider_id: FromPath[UUID], principal: Caller, reader: Reads
    ) -> IdentityProviderResponse:
        """One identity provider of the caller's tenant."""
        async with reader(principal) as tx:
            return provider_response(
                await commands.read_provider(tx, principal.tenant_id, identity_provider_id)
            )

    @patch(
        "/{identity_provider_id:uuid}",
        operation_id="update_identity_provider",
        summary="Change an identity provider",
        responses={422: _UNFIT},
    )
    async def update(
        self,
        identity_provider_id: FromPath[UUID],
        data: JSONBody[UpdateIdentityProviderRequest],
        principal: Caller,
        writer: Writes,
        signing: Signs,
        origin: Comes,
    ) -> IdentityProviderResponse:
        """Change an identity provider. Disabled, it signs nobody in, and whoever came in by it is
        out within a second."""
        secret = None if isinstance(data.client_secret, UnsetType) else data.client_secret
        change = ProviderChange(
            name=data.name,
            client_id=data.client_id,
            email_domains=data.email_domains,
            redirect_uris=data.redirect_uris,
            new_users=data.new_users
            if isinstance(data.new_users, UnsetType)
            else _new_users(data.new_users),
            enabled=data.enabled,
        )
        async with writer(principal) as tx:
            before, after = await commands.change_provider(
                tx, signing.vault, principal.tenant_id, identity_provider_id, change, secret
            )
            if after is not before:
                event = said.provider_updated(after, principal.project_id, principal.subject)
                await emit(tx, [event])
                told = _told(
                    principal,
                    origin,
                    "updated",
                    before=_shown(before),
                    after={**_shown(after), "client_secret_changed": secret is not None},
                )
                await audit.append(tx, [told])
                if before.enabled and not after.enabled:
                    await _end(tx, principal, origin, after.id, "identity_provider_disabled")
        return provider_response(after)

    @delete(
        "/{identity_provider_id:uuid}",
        operation_id="delete_identity_provider",
        summary="Remove an identity provider",
    )
    async def remove(
        self,
        identity_provider_id: FromPath[UUID],
        principal: Caller,
        writer: Writes,
        origin: Comes,
    ) -> None:
        """Nobody signs in with it any more, who its people are here is forgotten, and whoever came
        in by it is out within a second."""
        async with writer(principal) as tx:
            gone = await commands.delete_provider(tx, principal.tenant_id, identity_provider_id)
            await emit(tx, [said.provider_deleted(gone, principal.project_id, principal.subject)])
            told = _told(principal, origin, "deleted", before=_shown(gone))
            await audit.append(tx, [told])
            await _end(tx, principal, origin, gone.id, "identity_provider_deleted")

    @post(
        "/{identity_provider_id:uuid}/test",
        operation_id="test_identity_provider",
        summary="Test an identity provider",
        status_code=200,
        responses={422: _UNFIT},
    )
    async def test(
        self,
        identity_provider_id: FromPath[UUID],
        principal: Caller,
        reader: Reads,
        openid: Asks,
    ) -> IdentityProviderTest:
        """Fetch and check anew what the provider says of itself, and its keys."""
        async with reader(principal) as tx:
            found = await commands.read_provider(tx, principal.tenant_id, identity_provider_id)
        metadata, keys = await _look(openid, found.issuer)
        return IdentityProviderTest(
            issuer=metadata.issuer,
            authorization_endpoint=metadata.authorization_endpoint,
            token_endpoint=metadata.token_endpoint,
            keys=keys,
        )


async def _end(
    tx: Tx, principal: Principal, origin: Origin, provider_id: UUID, reason: EndReason
) -> None:
    ended = await sign_ins.end_of_provider(tx, principal.tenant_id, provider_id, reason)
    await tell_all_ended(tx, principal, origin, ended, reason)


async def _look(openid: OpenIdClient, issuer: str) -> tuple[Metadata, int]:
    """What a provider says of itself now, and how many keys of it can sign.

    Raises:
        IdentityProviderUnfit: also when it does not answer, for it is the caller who named it.
    """
    try:
        metadata = await openid.metadata(issuer, fresh=True)
        keys = await openid.keys(metadata, at_most=0)
    except IdentityProviderUnavailable as error:
        raise IdentityProviderUnreachable(error.detail) from error
    return metadata, len(keys.keys)


def _new_users(fields: NewUsersFields | None) -> NewUsers | None:
    if fields is None:
        return None
    return NewUsers(
        role=fields.role, project_id=fields.project_id, project_role=fields.project_role
    )


def _told(
    principal: Principal,
    origin: Origin,
    done: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Entry:
    """How a tenant's people sign in is the tenant's own change; its id says which."""
    return entry(
        principal,
        origin,
        f"identity_provider.{done}",
        "tenant",
        principal.tenant_id,
        before=before,
        after=after,
    )


def _shown(provider: IdentityProvider) -> dict[str, Any]:
    left_out = ("tenant_id", "id", "version", "created_at", "updated_at")
    fields: dict[str, Any] = msgspec.to_builtins(provider)
    shown = {name: value for name, value in fields.items() if name not in left_out}
    return {"identity_provider_id": str(provider.id), **shown}
