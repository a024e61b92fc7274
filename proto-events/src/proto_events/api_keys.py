"""Facts of API keys: a program's way into a project. No event carries a secret or its hash."""

from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment


class _ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it now is. Scopes are permissions, `resource:operation`; no `expires_at`: it does
    not expire."""

    api_key_id: UUID
    name: str
    scopes: list[str]
    expires_at: Moment | None = None


@event("api_key.created", aggregate="api_key", producer="identity", data_class="none")
class ApiKeyCreated(_ApiKey, frozen=True, kw_only=True):
    """A key to the envelope's project was made. `created_by` is a user's id."""

    created_by: UUID
    created_at: Moment


@event("api_key.updated", aggregate="api_key", producer="identity", data_class="none")
class ApiKeyUpdated(_ApiKey, frozen=True, kw_only=True):
    """A key has another name or other scopes; all of it as it now is. `updated_by` is a user's."""

    updated_by: UUID
    updated_at: Moment


@event("api_key.revoked", aggregate="api_key", producer="identity", data_class="none")
class ApiKeyRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """A key lets nobody in any more. `revoked_by` is a user's id."""

    api_key_id: UUID
    revoked_by: UUID
    revoked_at: Moment
