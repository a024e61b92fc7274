"""From API keys to the events of the contract."""

from uuid import UUID

import msgspec

from platform_bus import Outgoing
from proto_events.api_keys import ApiKeyCreated, ApiKeyRevoked, ApiKeyUpdated
from ventros_identity.domain.api_key import ApiKey


def api_key_created(key: ApiKey) -> Outgoing:
    """A key is there."""
    event = ApiKeyCreated(
        api_key_id=key.id,
        name=key.name,
        scopes=key.scopes,
        expires_at=key.expires_at,
        created_by=key.created_by,
        created_at=key.created_at,
    )
    return _outgoing(key, event)


def api_key_updated(key: ApiKey, by: UUID) -> Outgoing:
    """A key is different; the event says all as it now is."""
    event = ApiKeyUpdated(
        api_key_id=key.id,
        name=key.name,
        scopes=key.scopes,
        expires_at=key.expires_at,
        updated_by=by,
        updated_at=key.updated_at,
    )
    return _outgoing(key, event)


def api_key_revoked(key: ApiKey, by: UUID) -> Outgoing:
    """A key is good no longer."""
    event = ApiKeyRevoked(api_key_id=key.id, revoked_by=by, revoked_at=key.updated_at)
    return _outgoing(key, event)


def _outgoing(key: ApiKey, event: msgspec.Struct) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=key.tenant_id,
        project_id=key.project_id,
        subject=key.id,
        sequence=key.version,
        partition_key=str(key.id),
    )
