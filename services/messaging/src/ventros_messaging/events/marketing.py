"""What channels tells of who wants marketing of a company, and who does not."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from platform_bus import Consumer, Received
from platform_postgres import Tx
from proto_events.provider_facts import ChannelMarketingPreferenceChanged
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_messaging.store import marketing
from ventros_messaging.store.documents import without_nul
from ventros_messaging.store.marketing import PreferenceTold


async def on_preferences(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[ChannelMarketingPreferenceChanged]]
) -> None:
    """Keep the latest of each address."""
    told = [
        PreferenceTold(
            channel_id=event.data.channel_id,
            address=without_nul(one.value) or "",
            wanted=event.data.wanted,
            told_at=event.data.at,
        )
        for event in events
        for one in event.data.party
    ]
    await marketing.learn(tx, tenant_id, told)


CONSUMER: Final = Consumer(
    name="messaging.marketing",
    types={"channel.marketing_preference_changed.v1": ChannelMarketingPreferenceChanged},
    handle=on_preferences,
    exchange=DOMAIN_EXCHANGE,
)
