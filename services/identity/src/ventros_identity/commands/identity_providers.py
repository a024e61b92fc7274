"""Make, change and delete identity providers; their secrets are sealed here."""

from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Context, Vault
from platform_postgres import Tx
from ventros_identity.domain.identity_provider import (
    IdentityProvider,
    IdentityProviderNotFound,
    NewUsers,
    ProviderChange,
    changed,
    check_new_users,
    normal_domains,
)
from ventros_identity.domain.project import ProjectNotFound
from ventros_identity.store import identity_providers, projects

_NOT_FOUND = "No identity provider has this id."


class CreateProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider to be made; what it says of itself has been looked at."""

    tenant_id: UUID
    name: str
    issuer: str
    client_id: str
    client_secret: str
    email_domains: list[str]
    redirect_uris: list[str]
    new_users: NewUsers | None
    enabled: bool


async def create_provider(tx: Tx, vault: Vault, command: CreateProvider) -> IdentityProvider:
    """Make a provider.

    Raises:
        EmailDomainsNeeded, IncompleteRole, ProjectNotFound
    """
    now = utc_now()
    provider = IdentityProvider(
        tenant_id=command.tenant_id,
        id=new_id(),
        name=command.name,
        issuer=command.issuer,
        client_id=command.client_id,
        email_domains=normal_domains(command.email_domains),
        redirect_uris=command.redirect_uris,
        new_users=command.new_users,
        enabled=command.enabled,
        version=1,
        created_at=now,
        updated_at=now,
    )
    await _check(tx, provider)
    return await identity_providers.insert(
        tx, provider, _seal(vault, provider, command.client_secret)
    )


async def change_provider(
    tx: Tx,
    vault: Vault,
    tenant_id: UUID,
    provider_id: UUID,
    change: ProviderChange,
    client_secret: str | None,
) -> tuple[IdentityProvider, IdentityProvider]:
    """The provider before and after; the very same when nothing is different.

    Raises:
        IdentityProviderNotFound, EmailDomainsNeeded, IncompleteRole, ProjectNotFound
    """
    before = await identity_providers.find(tx, tenant_id, provider_id, lock=True)
    if before is None:
        raise IdentityProviderNotFound(_NOT_FOUND)
    if isinstance(change.email_domains, list):
        domains = normal_domains(change.email_domains)
        change = msgspec.structs.replace(change, email_domains=domains)
    after = changed(before, change)
    if after is before and client_secret is None:
        return before, before
    await _check(tx, after)
    sealed = None if client_secret is None else _seal(vault, after, client_secret)
    return before, await identity_providers.update(tx, after, sealed)


async def delete_provider(tx: Tx, tenant_id: UUID, provider_id: UUID) -> IdentityProvider:
    """Take a provider away, and who its subjects are here. Raises `IdentityProviderNotFound`."""
    gone = await identity_providers.delete(tx, tenant_id, provider_id)
    if gone is None:
        raise IdentityProviderNotFound(_NOT_FOUND)
    return gone


async def read_provider(tx: Tx, tenant_id: UUID, provider_id: UUID) -> IdentityProvider:
    """One provider. Raises `IdentityProviderNotFound`."""
    found = await identity_providers.find(tx, tenant_id, provider_id)
    if found is None:
        raise IdentityProviderNotFound(_NOT_FOUND)
    return found


async def open_secret(tx: Tx, vault: Vault, provider: IdentityProvider) -> str:
    """The client secret, for the provider alone."""
    sealed = await identity_providers.secret_of(tx, provider.tenant_id, provider.id)
    return vault.open(sealed, place_of(provider.tenant_id, provider.id)).decode()


async def _check(tx: Tx, provider: IdentityProvider) -> None:
    check_new_users(provider.new_users, provider.email_domains)
    project_id = None if provider.new_users is None else provider.new_users.project_id
    # The row of a deleted project stays, so that the foreign key does not say it.
    if project_id and await projects.find(tx, provider.tenant_id, project_id) is None:
        raise ProjectNotFound("No project has this id.")


def _seal(vault: Vault, provider: IdentityProvider, secret: str) -> bytes:
    return vault.seal(secret.encode(), place_of(provider.tenant_id, provider.id))


def place_of(tenant_id: UUID, provider_id: UUID) -> Context:
    """Where a client secret is kept; its seal opens nowhere else."""
    return Context(
        service="identity",
        table="identity_provider",
        tenant_id=tenant_id,
        record_id=provider_id,
        field="client_secret",
        version=1,
    )
