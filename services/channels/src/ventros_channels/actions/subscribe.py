"""What messaging asks to be done to messages, queued in the order of asking."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from platform_bus import Consumer, Received, emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events import envelope as frame
from proto_events.message_actions import MessageActionRequested
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_channels.actions.say import action_failed
from ventros_channels.events.say_sending import NOT_IN_USE
from ventros_channels.store import actions, senders
from ventros_channels.store.actions import Asked


async def on_action_requested(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[MessageActionRequested]]
) -> None:
    """Queue each, once; what has no channel in use fails at once."""
    now = utc_now()
    active = await senders.active(tx, [event.data.channel_id for event in events])
    queued: list[Asked] = []
    for event in events:
        asked = event.data
        data = msgspec.Raw(msgspec.json.encode(asked))
        envelope = msgspec.structs.replace(event.envelope, data=data)
        if asked.channel_id not in active:
            await emit(tx, [action_failed(envelope, asked, NOT_IN_USE, now)])
            continue
        queued.append(
            Asked(
                id=asked.action_id,
                channel_id=asked.channel_id,
                chat=asked.chat.replace("\0", "\ufffd"),
                event=frame.encode(envelope),
                expires_at=asked.expires_at,
            )
        )
    if queued:
        await actions.add(tx, tenant_id, queued)


ACTIONS: Final = Consumer(
    name="channels.actions",
    types={"message_action.requested.v1": MessageActionRequested},
    handle=on_action_requested,
    exchange=DOMAIN_EXCHANGE,
    single_active=True,
)
