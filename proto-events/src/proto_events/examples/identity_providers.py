"""Examples of `proto_events.identity_providers`: Móveis Aurora's people sign in with their own."""

from typing import Final
from uuid import UUID

from proto_events.examples.world import ADMIN_USER, AGENT, an_id, at
from proto_events.identity_providers import (
    ExternalIdentityLinked,
    ExternalIdentityUnlinked,
    IdentityProviderCreated,
    IdentityProviderDeleted,
    IdentityProviderUpdated,
)

PROVIDER: Final[UUID] = an_id(0x1401)
LINK: Final[UUID] = an_id(0x1402)
ISSUER: Final = "https://login.aurora.example"

EXAMPLES: Final = (
    IdentityProviderCreated(
        identity_provider_id=PROVIDER,
        name="Aurora",
        issuer=ISSUER,
        email_domains=["aurora.example"],
        enabled=True,
        created_by=ADMIN_USER,
        created_at=at(9, 40),
    ),
    IdentityProviderUpdated(
        identity_provider_id=PROVIDER,
        name="Aurora",
        issuer=ISSUER,
        email_domains=["aurora.example", "moveis-aurora.example"],
        enabled=True,
        updated_by=ADMIN_USER,
        updated_at=at(9, 45),
    ),
    IdentityProviderDeleted(
        identity_provider_id=PROVIDER, deleted_by=ADMIN_USER, deleted_at=at(9, days=300)
    ),
    ExternalIdentityLinked(
        external_identity_id=LINK,
        identity_provider_id=PROVIDER,
        user_id=AGENT,
        linked_at=at(10, 55),
    ),
    ExternalIdentityUnlinked(
        external_identity_id=LINK,
        identity_provider_id=PROVIDER,
        user_id=AGENT,
        unlinked_by=AGENT,
        unlinked_at=at(18, days=40),
    ),
)
