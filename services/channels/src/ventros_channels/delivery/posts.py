"""Messages of ours in groups: told as those of others are, once, while the channel records them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from platform_bus.outbox import tx_service
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.provider_facts import ChannelGroupMessageReceived
from proto_events.registry import info_of
from ventros_channels.commands.tell_facts import TellableFact, tell_facts
from ventros_channels.domain.adapter import Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.delivery import Delivery
from ventros_channels.domain.message import post_key
from ventros_channels.events import say_sending
from ventros_channels.store import provider_facts
from ventros_channels.store.provider_facts import FactKey

POSTED: Final = info_of(ChannelGroupMessageReceived).type


async def tell(
    tx: Tx, delivery: Delivery, taken: Sent, *, channel_type: ChannelType, place: int
) -> None:
    """Tell a message that the provider took, unless it was told."""
    said = say_sending.post_told(
        delivery, taken, channel_type=channel_type, place=place, now=utc_now()
    )
    key = FactKey(delivery.channel_id, POSTED, post_key(taken.stanza, from_me=True))
    facts = {key: TellableFact(said, group=True)}
    await tell_facts(tx, delivery.tenant_id, tx_service(tx), facts)


async def told(tx: Tx, channel_id: UUID, stanzas: Sequence[str]) -> set[str]:
    """Those of our own messages in groups that were told before."""
    keys = {post_key(stanza, from_me=True): stanza for stanza in stanzas}
    found = await provider_facts.told(tx, channel_id, POSTED, list(keys))
    return {keys[key] for key in found}
