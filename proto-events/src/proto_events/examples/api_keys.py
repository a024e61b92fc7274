"""Examples of `proto_events.api_keys`: Móveis Aurora's shop system gets a key, and loses it."""

from typing import Final

from proto_events.api_keys import ApiKeyCreated, ApiKeyRevoked, ApiKeyUpdated
from proto_events.examples.world import ADMIN_USER, API_KEY, at

EXAMPLES: Final = (
    ApiKeyCreated(
        api_key_id=API_KEY,
        name="Shop system",
        scopes=["contact:list", "contact:read"],
        expires_at=at(11, 20, days=365),
        created_by=ADMIN_USER,
        created_at=at(11, 20),
    ),
    ApiKeyUpdated(
        api_key_id=API_KEY,
        name="Shop system",
        scopes=["contact:create", "contact:list", "contact:read"],
        expires_at=at(11, 20, days=365),
        updated_by=ADMIN_USER,
        updated_at=at(14, 0, days=3),
    ),
    ApiKeyRevoked(api_key_id=API_KEY, revoked_by=ADMIN_USER, revoked_at=at(9, 0, days=200)),
)
