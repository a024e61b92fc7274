"""From identity providers and external identities to the events of the contract."""

from uuid import UUID

import msgspec

from platform_bus import Outgoing
from platform_core.clock import utc_now
from proto_events.identity_providers import (
    ExternalIdentityLinked,
    ExternalIdentityUnlinked,
    IdentityProviderCreated,
    IdentityProviderDeleted,
    IdentityProviderUpdated,
)
from ventros_identity.domain.external_sign_in import ExternalIdentity
from ventros_identity.domain.identity_provider import IdentityProvider


def provider_created(provider: IdentityProvider, project_id: UUID, by: UUID) -> Outgoing:
    """A provider is there; `project_id` is the one that the caller acts in."""
    event = IdentityProviderCreated(
        identity_provider_id=provider.id,
        name=provider.name,
        issuer=provider.issuer,
        email_domains=provider.email_domains,
        enabled=provider.enabled,
        created_by=by,
        created_at=provider.created_at,
    )
    return _of_provider(provider, event, project_id, provider.version)


def provider_updated(provider: IdentityProvider, project_id: UUID, by: UUID) -> Outgoing:
    """A provider is different; the event says all as it now is."""
    event = IdentityProviderUpdated(
        identity_provider_id=provider.id,
        name=provider.name,
        issuer=provider.issuer,
        email_domains=provider.email_domains,
        enabled=provider.enabled,
        updated_by=by,
        updated_at=provider.updated_at,
    )
    return _of_provider(provider, event, project_id, provider.version)


def provider_deleted(provider: IdentityProvider, project_id: UUID, by: UUID) -> Outgoing:
    """A provider is gone, with the external identities of its people."""
    event = IdentityProviderDeleted(
        identity_provider_id=provider.id, deleted_by=by, deleted_at=utc_now()
    )
    return _of_provider(provider, event, project_id, provider.version + 1)


def identity_linked(identity: ExternalIdentity, project_id: UUID) -> Outgoing:
    """A user can sign in at a provider."""
    event = ExternalIdentityLinked(
        external_identity_id=identity.id,
        identity_provider_id=identity.provider_id,
        user_id=identity.user_id,
        linked_at=identity.created_at,
    )
    return _of_identity(identity, event, project_id, 1)


def identity_unlinked(identity: ExternalIdentity, project_id: UUID, by: UUID) -> Outgoing:
    """A subject of a provider is a user's no longer."""
    event = ExternalIdentityUnlinked(
        external_identity_id=identity.id,
        identity_provider_id=identity.provider_id,
        user_id=identity.user_id,
        unlinked_by=by,
        unlinked_at=utc_now(),
    )
    return _of_identity(identity, event, project_id, 2)


def _of_provider(
    provider: IdentityProvider, event: msgspec.Struct, project_id: UUID, sequence: int
) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=provider.tenant_id,
        project_id=project_id,
        subject=provider.id,
        sequence=sequence,
        partition_key=str(provider.id),
    )


def _of_identity(
    identity: ExternalIdentity, event: msgspec.Struct, project_id: UUID, sequence: int
) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=identity.tenant_id,
        project_id=project_id,
        subject=identity.id,
        sequence=sequence,
        partition_key=str(identity.user_id),
    )
