"""Facts of identity: how a customer's people sign in elsewhere.

These are facts of a customer and of no project; the envelope's project is the one in which the
change was made, or the user came in.
"""

from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment


class _IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID provider as it now is. Its secret is never told."""

    identity_provider_id: UUID
    name: str
    issuer: str
    email_domains: list[str]
    enabled: bool


@event(
    "identity_provider.created",
    aggregate="identity_provider",
    producer="identity",
    data_class="none",
)
class IdentityProviderCreated(_IdentityProvider, frozen=True, kw_only=True):
    """A customer's people may sign in with an OpenID provider."""

    created_by: UUID
    created_at: Moment


@event(
    "identity_provider.updated",
    aggregate="identity_provider",
    producer="identity",
    data_class="none",
)
class IdentityProviderUpdated(_IdentityProvider, frozen=True, kw_only=True):
    """A provider was changed, or its secret was; all of it as it now is."""

    updated_by: UUID
    updated_at: Moment


@event(
    "identity_provider.deleted",
    aggregate="identity_provider",
    producer="identity",
    data_class="none",
)
class IdentityProviderDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody signs in with this provider any more; every link to it is gone without a word."""

    identity_provider_id: UUID
    deleted_by: UUID
    deleted_at: Moment


@event(
    "external_identity.linked",
    aggregate="external_identity",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class ExternalIdentityLinked(msgspec.Struct, frozen=True, kw_only=True):
    """A user came in by a provider for the first time, and can from now on."""

    external_identity_id: UUID
    identity_provider_id: UUID
    user_id: UUID
    linked_at: Moment


@event(
    "external_identity.unlinked",
    aggregate="external_identity",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class ExternalIdentityUnlinked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a provider is no longer taken for a user here."""

    external_identity_id: UUID
    identity_provider_id: UUID
    user_id: UUID
    unlinked_by: UUID
    unlinked_at: Moment
