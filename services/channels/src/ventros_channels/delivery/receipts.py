"""What Meta says of messages that carry our own id, joined with the deliveries that they are of.

So a message is known to be sent, or refused, also when the answer to the call was lost.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from platform_core.clock import utc_now
from platform_postgres import Tx
from ventros_channels.delivery import settle
from ventros_channels.delivery.settle import Taken
from ventros_channels.delivery.uploads import hear_refused
from ventros_channels.domain.adapter import Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.whatsapp_cloud.receipt import Receipt
from ventros_channels.events.say_sending import Failure
from ventros_channels.store import deliveries, senders
from ventros_channels.templates.news import Refusal, hear_refusals

_PROVIDER: Final[ChannelType] = "whatsapp_cloud"


def _too_fast(receipt: Receipt) -> bool:
    return receipt.failure is not None and receipt.failure.kind.too_fast


def _of_its_file(receipt: Receipt) -> bool:
    return receipt.failure is not None and receipt.failure.kind.failure == "media"


async def join_receipts(tx: Tx, tenant_id: UUID, receipts: Sequence[tuple[UUID, Receipt]]) -> None:
    """Settle what is not settled; the first word on a message counts here, later ones are its
    acknowledgements."""
    if not receipts:
        return
    sending = await senders.lock(tx, sorted({channel_id for channel_id, _ in receipts}))
    fast = [channel_id for channel_id, receipt in receipts if _too_fast(receipt)]
    if fast:
        await senders.slow_down(tx, fast, utc_now())
    ids = sorted({receipt.message_id for _, receipt in receipts})
    known = {one.id: one for one in await deliveries.not_sent(tx, sending, ids)}
    late: list[Refusal] = []
    sent: list[Taken] = []
    for channel_id, receipt in receipts:
        delivery = known.get(receipt.message_id)
        if delivery is None or delivery.channel_id != channel_id:
            if receipt.failure is not None:
                late.append(Refusal(receipt.message_id, channel_id, receipt.failure.code))
            continue
        del known[delivery.id]
        if receipt.failure is None:
            taken = Sent(
                provider_message_id=receipt.stanza,
                stanza=receipt.stanza,
                chat=receipt.chat,
                sent_at=receipt.at,
            )
            sent.append(Taken(delivery, taken, _PROVIDER))
        else:
            failure = receipt.failure
            why = Failure(failure=failure.kind.failure, reason=failure.reason, code=failure.code)
            await settle.failed(tx, delivery, why)
    await settle.sent(tx, tenant_id, sent)
    # What Meta refuses for its template it has often taken before.
    await hear_refusals(tx, late)
    files = [(one.message_id, channel_id) for channel_id, one in receipts if _of_its_file(one)]
    if files:
        await hear_refused(tx, files)
