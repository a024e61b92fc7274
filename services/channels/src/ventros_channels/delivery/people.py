"""What is learnt of people on the way to them: another id, and that they want no marketing."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from platform_bus.outbox import tx_service
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events import envelope as frame
from proto_events.provider_facts import ChannelIdentityChanged
from ventros_channels.commands.tell_facts import tell_facts
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.delivery import Delivery
from ventros_channels.domain.whatsapp_cloud.failures import OPTED_OUT
from ventros_channels.domain.whatsapp_cloud.people import Person, party_of_chat, read_bsuid
from ventros_channels.events.publish import fact_told
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.events.whatsapp_cloud.account_facts import preference
from ventros_channels.store import deliveries, user_ids
from ventros_channels.store.user_ids import UserIdChange


async def learn_user_ids(tx: Tx, tenant_id: UUID, facts: Iterable[Fact]) -> None:
    """What is sent to an id that became another goes to that from now on."""
    changes = [
        UserIdChange(
            channel_id=event.channel_id,
            previous=before.value,
            current=after.value,
            changed_at=event.at,
        )
        for event in (fact.event for fact in facts)
        if isinstance(event, ChannelIdentityChanged)
        for before in event.before
        for after in event.after
        if before.kind == after.kind == "bsuid"
    ]
    if changes:
        await user_ids.learn(tx, tenant_id, changes)


async def with_current_id(tx: Tx, delivery: Delivery) -> Delivery:
    """The delivery to the id that its person has now; only ids of that kind are looked up."""
    chat = delivery.chat or delivery.wrote_in
    if delivery.group or delivery.state != "queued" or chat is None or read_bsuid(chat) is None:
        return delivery
    current = await user_ids.current(tx, delivery.channel_id, chat)
    return delivery if current == chat else msgspec.structs.replace(delivery, chat=current)


async def note_opt_out(tx: Tx, delivery: Delivery, error: NotSent) -> None:
    """A message that was refused at once since its person wants no marketing tells it, as one that
    is refused later does."""
    chat = delivery.chat
    if error.code != OPTED_OUT or chat is None:
        return
    cause, now = frame.decode(delivery.asked), utc_now()
    place = await deliveries.next_place(tx)
    stamp = Stamp(channel_id=delivery.channel_id, received_at=now, ingress_seq=place)
    fact = preference(Person(chat=chat, party=party_of_chat(chat)), now, stamp, wanted=False)
    key, told = fact_told(fact, cause, stamp)
    await tell_facts(tx, delivery.tenant_id, tx_service(tx), {key: told})
