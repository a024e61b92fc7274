"""What became of a delivery, recorded and said in the transaction that it is handed."""

from platform_bus import emit
from platform_bus.outbox import columns, tx_service
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events import envelope as frame
from ventros_channels.delivery import posts
from ventros_channels.domain.adapter import Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.delivery import Delivery
from ventros_channels.events import say_sending
from ventros_channels.events.say_sending import Failure
from ventros_channels.store import deliveries, provider_messages
from ventros_channels.store.provider_messages import MessageKey
from ventros_channels.templates.news import Refusal, hear_refusals


async def sent(tx: Tx, delivery: Delivery, taken: Sent, channel_type: ChannelType) -> bool:
    """The provider has it: say so once, and tell the message as every other is told.

    What the provider told of it before, under no id of ours, stays told. Returns whether it is
    news.
    """
    if not await deliveries.settle_sent(tx, delivery.id, stanza=taken.stanza, chat=taken.chat):
        return False
    place = await deliveries.next_place(tx)
    if delivery.group:
        await emit(tx, [say_sending.message_sent(delivery, taken)])
        await posts.tell(tx, delivery, taken, channel_type=channel_type, place=place)
        return True
    told = say_sending.message_told(
        delivery, taken, channel_type=channel_type, place=place, now=utc_now()
    )
    key = MessageKey(delivery.channel_id, taken.stanza, from_me=True, participant="")
    await emit(tx, [say_sending.message_sent(delivery, taken)])
    await provider_messages.tell_new(
        tx, delivery.tenant_id, [key], [delivery.id], columns(tx_service(tx), [told])
    )
    return True


async def failed(tx: Tx, delivery: Delivery, why: Failure) -> None:
    """It was not sent and will not be; with `unknown`, it may have been."""
    if await deliveries.settle_failed(tx, delivery.id, why.failure):
        cause = frame.decode(delivery.asked)
        said = say_sending.message_failed(cause, delivery.id, delivery.channel_id, why, utc_now())
        await emit(tx, [said])
        await hear_refusals(tx, [Refusal(delivery.id, delivery.channel_id, why.code)])
