"""Facts of credentials: the keys to other systems. No event carries a secret."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment

CredentialType = Literal[
    "meta_whatsapp_cloud",
    "meta_ads",
    "meta_conversions_api",
    "google_ads",
    "google_analytics",
    "webhook_auth",
    "api_key",
    "basic_auth",
    "waha_instance",
]


@event("credential.created", aggregate="credential", producer="channels", data_class="none")
class CredentialCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A credential was stored, encrypted. `name` is what the company calls it."""

    credential_id: UUID
    credential_type: CredentialType
    name: str


@event("credential.updated", aggregate="credential", producer="channels", data_class="none")
class CredentialUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """The secret or the description of a credential was changed: drop what you keep of it."""

    credential_id: UUID


@event("credential.oauth_refreshed", aggregate="credential", producer="channels", data_class="none")
class CredentialOauthRefreshed(msgspec.Struct, frozen=True, kw_only=True):
    """A new OAuth 2 access token was fetched; it works until `expires_at`."""

    credential_id: UUID
    expires_at: Moment


@event("credential.activated", aggregate="credential", producer="channels", data_class="none")
class CredentialActivated(msgspec.Struct, frozen=True, kw_only=True):
    """A credential may be used again."""

    credential_id: UUID


@event("credential.deactivated", aggregate="credential", producer="channels", data_class="none")
class CredentialDeactivated(msgspec.Struct, frozen=True, kw_only=True):
    """A credential may not be used until it is activated again."""

    credential_id: UUID


@event("credential.used", aggregate="credential", producer="channels", data_class="none")
class CredentialUsed(msgspec.Struct, frozen=True, kw_only=True):
    """A credential was decrypted to call another system; the envelope has the time."""

    credential_id: UUID


@event("credential.expired", aggregate="credential", producer="channels", data_class="none")
class CredentialExpired(msgspec.Struct, frozen=True, kw_only=True):
    """A credential reached its end and no longer works; a person has to renew it."""

    credential_id: UUID
