"""What became of a delivery, recorded and said in the transaction that it is handed."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_bus import emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events import envelope as frame
from ventros_channels.delivery import posts
from ventros_channels.domain.adapter import Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.delivery import Delivery
from ventros_channels.events import say_sending
from ventros_channels.events.say_sending import Failure
from ventros_channels.store import deliveries
from ventros_channels.store import sent as store
from ventros_channels.store.sent import Spacing
from ventros_channels.templates.news import Refusal, hear_refusals


class Taken(msgspec.Struct, frozen=True):
    """What the provider says of a delivery that it took."""

    delivery: Delivery
    sent: Sent
    channel_type: ChannelType


async def sent(
    tx: Tx,
    tenant_id: UUID,
    taken: Sequence[Taken],
    *,
    place: int | None = None,
    spacing: Spacing | None = None,
) -> set[UUID]:
    """The provider has them: say so once, and tell each message as every other is told.

    What the provider told of one before, under no id of ours, stays told. Returns those that are
    news. `place` is the one message's in the order of arrival, where it is known already.
    """
    if not taken:
        return set()
    places = [place] if place is not None else await deliveries.next_places(tx, len(taken))
    placed = list(zip(taken, places, strict=True))
    news = await store.settle(tx, tenant_id, [_row(*one) for one in placed], spacing)
    for one, at in placed:
        if one.delivery.group and one.delivery.id in news:
            await posts.tell(tx, one.delivery, one.sent, channel_type=one.channel_type, place=at)
    return news


def _row(one: Taken, place: int) -> store.Taken:
    delivery, taken = one.delivery, one.sent
    return store.Taken(
        id=delivery.id,
        stanza=taken.stanza,
        chat=taken.chat,
        said=say_sending.message_sent(delivery, taken),
        told=None
        if delivery.group
        else say_sending.message_told(
            delivery, taken, channel_type=one.channel_type, place=place, now=utc_now()
        ),
    )


async def failed(tx: Tx, delivery: Delivery, why: Failure) -> None:
    """It was not sent and will not be; with `unknown`, it may have been."""
    if await deliveries.settle_failed(tx, delivery.id, why.failure):
        cause = frame.decode(delivery.asked)
        said = say_sending.message_failed(cause, delivery.id, delivery.channel_id, why, utc_now())
        await emit(tx, [said])
        await hear_refusals(tx, [Refusal(delivery.id, delivery.channel_id, why.code)])
