"""What messaging asks to be sent, queued in the order of asking."""

from collections.abc import Sequence
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from platform_bus import Consumer, Received, emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events import envelope as frame
from proto_events.registry import DOMAIN_EXCHANGE
from proto_events.sending import MessagePostRequested, MessageSendRequested
from ventros_channels.events.say_sending import NOT_IN_USE, message_failed
from ventros_channels.store import deliveries, senders
from ventros_channels.store.deliveries import Asked

Request: TypeAlias = MessageSendRequested | MessagePostRequested


async def on_send_requested(tx: Tx, tenant_id: UUID, events: Sequence[Received[Request]]) -> None:
    """Queue each for its channel, once; what has no channel in use fails at once."""
    now = utc_now()
    asked = [_asked(event) for event in events]
    active = await senders.active(tx, [one.channel_id for one in asked])
    refused = [
        message_failed(event.envelope, one.id, one.channel_id, NOT_IN_USE, now)
        for event, one in zip(events, asked, strict=True)
        if one.channel_id not in active
    ]
    await emit(tx, refused)
    queued = [one for one in asked if one.channel_id in active]
    if queued:
        await senders.wake(tx, tenant_id, [one.channel_id for one in queued], now)
        await deliveries.add(tx, tenant_id, queued)


def _asked(event: Received[Request]) -> Asked:
    """The event is kept as it was read, and said on with what becomes of the message."""
    request = event.data
    kept = msgspec.structs.replace(event.envelope, data=msgspec.Raw(msgspec.json.encode(request)))
    whom = request.chat_id if isinstance(request, MessagePostRequested) else request.contact_id
    return Asked(
        id=request.message_id,
        channel_id=request.channel_id,
        contact_id=whom,
        expires_at=request.expires_at,
        event=frame.encode(kept),
    )


SENDING: Final = Consumer(
    name="channels.sending",
    types={
        "message.send_requested.v1": MessageSendRequested,
        "message.post_requested.v1": MessagePostRequested,
    },
    handle=on_send_requested,
    exchange=DOMAIN_EXCHANGE,
    single_active=True,
)
