"""Examples of `proto_events.applications`: a bookkeeper's program is let in, and put out again."""

from typing import Any, Final

from proto_events.applications import (
    ApplicationConsentGranted,
    ApplicationConsentWithdrawn,
    ApplicationCreated,
    ApplicationDeleted,
    ApplicationDisabled,
    ApplicationEnabled,
    ApplicationSecretCreated,
    ApplicationSecretDeleted,
    ApplicationUpdated,
)
from proto_events.examples.world import (
    ADMIN_USER,
    APPLICATION,
    APPLICATION_SECRET,
    PROJECT,
    at,
)

_AS_IT_IS: Final[dict[str, Any]] = {
    "application_id": APPLICATION,
    "name": "Bookkeeping",
    "kind": "confidential",
    "redirect_uris": ["https://books.example/callback"],
}

EXAMPLES: Final = (
    ApplicationCreated(
        **_AS_IT_IS,
        scopes=["contact:read"],
        created_by=ADMIN_USER,
        created_at=at(11, 30),
    ),
    ApplicationUpdated(
        **_AS_IT_IS,
        scopes=["contact:list", "contact:read"],
        updated_by=ADMIN_USER,
        updated_at=at(11, 40),
    ),
    ApplicationSecretCreated(
        application_id=APPLICATION,
        secret_id=APPLICATION_SECRET,
        changed_by=ADMIN_USER,
        changed_at=at(11, 31),
    ),
    ApplicationSecretDeleted(
        application_id=APPLICATION,
        secret_id=APPLICATION_SECRET,
        changed_by=ADMIN_USER,
        changed_at=at(11, 32, days=90),
    ),
    ApplicationDisabled(
        application_id=APPLICATION, changed_by=ADMIN_USER, changed_at=at(9, 0, days=100)
    ),
    ApplicationEnabled(
        application_id=APPLICATION, changed_by=ADMIN_USER, changed_at=at(9, 30, days=100)
    ),
    ApplicationDeleted(
        application_id=APPLICATION, changed_by=ADMIN_USER, changed_at=at(9, 0, days=200)
    ),
    ApplicationConsentGranted(
        application_id=APPLICATION,
        user_id=ADMIN_USER,
        acts_in=PROJECT,
        scopes=["contact:read"],
        granted_at=at(11, 50),
    ),
    ApplicationConsentWithdrawn(
        application_id=APPLICATION, user_id=ADMIN_USER, withdrawn_at=at(12, 0, days=30)
    ),
)
