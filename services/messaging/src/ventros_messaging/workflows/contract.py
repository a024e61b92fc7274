"""What crosses between our code and Temporal: ids, never what people said or sent."""

from uuid import UUID

import msgspec

TASK_QUEUE = "messaging"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The file of one message."""

    tenant_id: UUID
    message_id: UUID


def workflow_id(message_id: UUID) -> str:
    """One workflow for each message, whatever happens."""
    return f"enrichment-{message_id}"
