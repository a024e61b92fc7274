"""A tenant: the customer of the installation that everything else belongs to."""

from datetime import datetime
from uuid import UUID

import msgspec


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as it is stored."""

    tenant_id: UUID
    name: str
    version: int
    created_at: datetime
    updated_at: datetime
