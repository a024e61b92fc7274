"""Store the messages of a bundle, each once, and say so."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from platform_postgres import Tx
from ventros_messaging.domain.message import Message
from ventros_messaging.store import messages as store
from ventros_messaging.store.early import Ref


class Recording(msgspec.Struct, frozen=True):
    """A message as it was told, and what is said of it when it is new (subject: the message)."""

    message: Message
    said: Outgoing


async def record_messages(tx: Tx, tenant_id: UUID, recordings: Iterable[Recording]) -> list[Ref]:
    """Store what is new and say so, in the order of telling.

    Returns the messages of which something was told before they came: it is to be applied now.

    A message that is stored already, or that is told twice in one bundle, is left as it was first
    told: the provider's later facts about it (edits, acknowledgements) are events of their own.
    """
    first: dict[UUID, Recording] = {}
    for recording in recordings:
        first.setdefault(recording.message.id, recording)
    return await store.store_and_say(
        tx,
        tenant_id,
        [recording.message for recording in first.values()],
        [recording.said for recording in first.values()],
    )
