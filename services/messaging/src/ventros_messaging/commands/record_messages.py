"""Store the messages of a bundle, each once."""

from collections.abc import Sequence
from uuid import UUID

from platform_postgres import Tx
from ventros_messaging.domain.message import Message
from ventros_messaging.store import messages as store


async def record_messages(tx: Tx, tenant_id: UUID, told: Sequence[Message]) -> list[Message]:
    """Store what was told; returns what is new, in the order of telling.

    A message that is stored already, or that is told twice in one bundle, is left as it was first
    stored: the provider's later facts about it (edits, acknowledgements) are events of their own.
    """
    new = await store.insert(tx, tenant_id, told)
    first_told = {message.id: message for message in reversed(told) if message.id in new}
    return [message for message in told if first_told.get(message.id) is message]
