"""Events that contacts listens to."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from platform_bus import Consumer, Received, emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.channels import ChannelMessageReceived
from proto_events.registry import PIPELINE_EXCHANGE
from ventros_contacts.commands.record_messages import record_messages
from ventros_contacts.commands.track_referrals import track_referrals
from ventros_contacts.domain.book import Sighting
from ventros_contacts.domain.facts import Met
from ventros_contacts.domain.identity import identities_of
from ventros_contacts.domain.names import clean_push_name
from ventros_contacts.events import publish
from ventros_contacts.events.identities import IDENTITIES
from ventros_contacts.events.pictures import PICTURES


async def on_messages(
    tx: Tx, tenant_id: UUID, messages: Sequence[Received[ChannelMessageReceived]]
) -> None:
    """Messages of one tenant, in order: each gets its contact and goes on."""
    outcome = await record_messages(tx, tenant_id, [_sighting(m) for m in messages], utc_now())
    met = [fact for fact in outcome.facts if isinstance(fact, Met)]
    said = [(messages[fact.place].data.message, fact.node) for fact in met]
    tracked = await track_referrals(tx, tenant_id, said)
    await emit(tx, list(publish.recorded(tenant_id, messages, outcome, tracked)))


def _sighting(received: Received[ChannelMessageReceived]) -> Sighting:
    message = received.data.message
    return Sighting(
        keys=identities_of(received.envelope.project_id, message.party, message.chat),
        # Beside our own messages stands our own name.
        push_name=None if message.from_me else clean_push_name(message.push_name),
        at=message.occurred_at,
        channel_id=message.channel_id,
        import_id=None if message.history is None else message.history.import_id,
    )


CONSUMERS: Final = (
    Consumer(
        name="contacts.messages",
        types={"channel.message_received.v1": ChannelMessageReceived},
        handle=on_messages,
        exchange=PIPELINE_EXCHANGE,
        laned=True,
    ),
    PICTURES,
    IDENTITIES,
)
