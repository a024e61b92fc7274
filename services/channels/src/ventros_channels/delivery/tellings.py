"""What the provider tells of messages of ours, joined with the deliveries that they are of.

Without a delivery of that kind on the channel, this costs a bundle nothing or two statements.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.channels import ChannelMessageReceived
from proto_events.conversation import ChatMessage
from proto_events.provider_facts import ChannelGroupMessageReceived
from ventros_channels.commands.tell_facts import TellableFact
from ventros_channels.commands.tell_messages import Tellable
from ventros_channels.delivery import settle
from ventros_channels.delivery.settle import Taken
from ventros_channels.domain.adapter import Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.delivery import HELD_FOR, Delivery, first_of
from ventros_channels.store import channels, deliveries, senders
from ventros_channels.store.deliveries import Held
from ventros_channels.store.provider_facts import FactKey
from ventros_channels.store.provider_messages import MessageKey

Tellings = Mapping[MessageKey, Tellable]
Facts = Mapping[FactKey, TellableFact]


class Own(msgspec.Struct, frozen=True):
    """A message of ours as the provider tells it; `held` is how it would be kept for later."""

    key: MessageKey
    message: ChatMessage
    held: Held


async def join_own(tx: Tx, tenant_id: UUID, tellings: Tellings) -> Tellings:
    """Those that are to be told now.

    One that is of a delivery settles it, and is told under the id that messaging gave the message.
    One that comes while its channel is being called waits until the call has ended. What was
    written in the app on the phone is nobody's delivery.
    """
    own = [
        Own(key, _message(told), Held(key=key, message_id=told.message_id, outgoing=told.outgoing))
        for key, told in tellings.items()
        if key.from_me and not key.participant and _message(told).source != "app"
    ]
    gone = await _join(tx, tenant_id, own, group=False) if own else set()
    return {key: told for key, told in tellings.items() if key not in gone}


async def join_own_posts(tx: Tx, tenant_id: UUID, facts: Facts) -> Facts:
    """The same of messages in groups, which are told among the facts."""
    own: dict[FactKey, Own] = {}
    for fact, told in facts.items():
        event = told.outgoing.event
        if not isinstance(event, ChannelGroupMessageReceived):
            continue
        message = event.message
        if message.from_me and message.source != "app":
            key = MessageKey(fact.channel_id, message.stanza, from_me=True, participant="")
            held = Held(key=key, message_id=message.id, outgoing=told.outgoing, fact=fact)
            own[fact] = Own(key, message, held)
    if not own:
        return facts
    gone = await _join(tx, tenant_id, list(own.values()), group=True)
    return {
        fact: told for fact, told in facts.items() if fact not in own or own[fact].key not in gone
    }


async def _join(tx: Tx, tenant_id: UUID, own: Sequence[Own], *, group: bool) -> set[MessageKey]:
    """Those that are told with their delivery, or wait.

    What comes under the ids that were reserved for it is nobody else's, so its row is lock enough.
    For the others no channel's deliveries are settled meanwhile.
    """
    if not group and await _reserved(tx, tenant_id, own):
        return {one.key for one in own}
    sending = await senders.lock(tx, sorted({one.key.channel_id for one in own}))
    if group and sending:
        # What is not recorded is not held back either: it would be told in the end.
        sending = sorted(await channels.with_groups(tx, sending))
    if not sending:
        return set()
    possible = await deliveries.possible(tx, sending, [one.key.stanza for one in own])
    known = [one for one in possible if one.group == group]
    settled: set[UUID] = set()
    waiting: list[Held] = []
    joined: list[MessageKey] = []
    taken: list[Taken] = []
    for one in own:
        on_channel = [each for each in known if each.channel_id == one.key.channel_id]
        found = _of_delivery(on_channel, one.key, one.message, settled)
        if found is not None:
            settled.add(found.id)
            joined.append(one.key)
            taken.append(Taken(found, _sent(one.message), _type(one.message)))
        elif any(each.state == "claimed" for each in on_channel):
            waiting.append(one.held)
    await settle.sent(tx, tenant_id, taken)
    if waiting:
        until = utc_now() + HELD_FOR
        await deliveries.hold_back(tx, tenant_id, waiting, until)
        await senders.wake(tx, tenant_id, [held.key.channel_id for held in waiting], until)
    return {*joined, *(held.key for held in waiting)}


async def _reserved(tx: Tx, tenant_id: UUID, own: Sequence[Own]) -> bool:
    """Settle them, where each is of a delivery under its reserved id; else do nothing."""
    channel_ids = sorted({one.key.channel_id for one in own})
    found = await deliveries.reserved(tx, channel_ids, [one.key.stanza for one in own])
    known = {(one.channel_id, one.reserved): one for one in found if not one.group}
    taken = [
        Taken(known[one.key.channel_id, one.key.stanza], _sent(one.message), _type(one.message))
        for one in own
        if (one.key.channel_id, one.key.stanza) in known
    ]
    if len(taken) < len(own):
        return False
    await settle.sent(tx, tenant_id, taken)
    return True


def _of_delivery(
    known: Sequence[Delivery], key: MessageKey, message: ChatMessage, settled: set[UUID]
) -> Delivery | None:
    """By the reserved id; by content only when nobody waits for the provider's answer."""
    for one in known:
        if one.reserved == key.stanza:
            return one
    doubtful = [one for one in known if one.state != "claimed" and one.id not in settled]
    return first_of(doubtful, message.content, message.chat, message.occurred_at)


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
