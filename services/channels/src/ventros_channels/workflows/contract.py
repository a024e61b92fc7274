"""What crosses between our code and Temporal: ids, never what people said."""

from uuid import UUID

import msgspec

TASK_QUEUE = "channels"

REFUSED = "ImportRefused"
"""The type of a failure that another attempt does not mend."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One import."""

    tenant_id: UUID
    import_id: UUID


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How an import ends: `failure` is why it broke off, for a person to read."""

    order: Order
    failure: str | None = None


def workflow_id(import_id: UUID) -> str:
    """One workflow for each import; a channel has one import at a time."""
    return f"history-import-{import_id}"
