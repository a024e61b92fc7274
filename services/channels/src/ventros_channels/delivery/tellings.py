"""What the provider tells of messages of ours, joined with the deliveries that they are of.

Without a delivery of that kind on the channel, this costs a bundle nothing or one statement.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.channels import ChannelMessageReceived
from proto_events.conversation import ChatMessage
from ventros_channels.commands.tell_messages import Tellable
from ventros_channels.delivery import settle
from ventros_channels.domain.adapter import Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.delivery import HELD_FOR, Delivery, first_of
from ventros_channels.store import deliveries, senders
from ventros_channels.store.provider_messages import MessageKey

Tellings = Mapping[MessageKey, Tellable]


async def join_own(tx: Tx, tenant_id: UUID, tellings: Tellings) -> Tellings:
    """Those that are to be told now.

    One that is of a delivery settles it, and is told under the id that messaging gave the message.
    One that comes while its channel is being called waits until the call has ended. What was
    written in the app on the phone is nobody's delivery.
    """
    own = {key: _message(told) for key, told in tellings.items() if _may_be_ours(key, told)}
    if not own:
        return tellings
    sending = await senders.lock(tx, sorted({key.channel_id for key in own}))
    if not sending:
        return tellings
    known = await deliveries.possible(tx, sending, [key.stanza for key in own])
    if not known:
        return tellings
    settled: set[UUID] = set()
    waiting: list[MessageKey] = []
    joined: list[MessageKey] = []
    for key, message in own.items():
        on_channel = [one for one in known if one.channel_id == key.channel_id]
        found = _of_delivery(on_channel, key, message, settled)
        if found is not None:
            settled.add(found.id)
            joined.append(key)
            await settle.sent(tx, found, _sent(message), _type(message))
        elif any(one.state == "claimed" for one in on_channel):
            waiting.append(key)
    await _hold_back(tx, tenant_id, tellings, waiting)
    gone = {*waiting, *joined}
    return {key: told for key, told in tellings.items() if key not in gone}


def _of_delivery(
    known: Sequence[Delivery], key: MessageKey, message: ChatMessage, settled: set[UUID]
) -> Delivery | None:
    """By the reserved id; by content only when nobody waits for the provider's answer."""
    for one in known:
        if one.reserved == key.stanza:
            return one
    doubtful = [one for one in known if one.state != "claimed" and one.id not in settled]
    return first_of(doubtful, message.content, message.chat, message.occurred_at)


async def _hold_back(
    tx: Tx, tenant_id: UUID, tellings: Tellings, waiting: Sequence[MessageKey]
) -> None:
    if not waiting:
        return
    until = utc_now() + HELD_FOR
    held = [(key, tellings[key].message_id, tellings[key].outgoing) for key in waiting]
    await deliveries.hold_back(tx, tenant_id, held, until)
    await senders.wake(tx, tenant_id, [key.channel_id for key in waiting], until)


def _may_be_ours(key: MessageKey, told: Tellable) -> bool:
    return key.from_me and not key.participant and _message(told).source != "app"


def _message(told: Tellable) -> ChatMessage:
    event = told.outgoing.event
    if not isinstance(event, ChannelMessageReceived):
        raise TypeError("only messages are joined")
    return event.message


def _type(message: ChatMessage) -> ChannelType:
    kind: ChannelType = msgspec.convert(message.channel_type, ChannelType)
    return kind


def _sent(message: ChatMessage) -> Sent:
    return Sent(
        provider_message_id=message.provider_message_id,
        stanza=message.stanza,
        chat=message.chat,
        sent_at=message.occurred_at,
    )
