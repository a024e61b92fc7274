"""What messages of ours were asked for as, while that is remembered."""

from collections.abc import Sequence
from uuid import UUID

from platform_postgres import Tx

_REQUESTS = "SELECT id, channel_id, requested FROM delivery WHERE id = ANY($1)"


async def of_messages(tx: Tx, message_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], bytes]:
    """The envelopes that asked for these, by message and channel, whatever became of them."""
    rows = await tx.fetch(_REQUESTS, message_ids)
    return {(row["id"], row["channel_id"]): row["requested"] for row in rows}
