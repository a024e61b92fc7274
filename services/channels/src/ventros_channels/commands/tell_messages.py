"""Tell each message once, however often and under whichever event the provider told it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from platform_bus.outbox import columns
from platform_postgres import Tx
from ventros_channels.store import provider_messages
from ventros_channels.store.provider_messages import MessageKey


class Tellable(msgspec.Struct, frozen=True):
    """A message's id and the event that says it."""

    message_id: UUID
    outgoing: Outgoing


async def tell_messages(
    tx: Tx, tenant_id: UUID, source: str, messages: Mapping[MessageKey, Tellable]
) -> int:
    """Emit those that were never told, in this order, in one statement; returns how many."""
    if not messages:
        return 0
    told: Sequence[Tellable] = list(messages.values())
    return await provider_messages.tell_new(
        tx,
        tenant_id,
        list(messages),
        [message.message_id for message in told],
        columns(source, [message.outgoing for message in told]),
    )
