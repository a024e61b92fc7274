"""What providers tell of people's addresses: who is known under one has the others as well."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from platform_bus import Consumer, Received, emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.provider_facts import ChannelIdentityChanged
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_contacts.commands.learn_identities import learn_identities
from ventros_contacts.domain.identity import IdentityKey, identities_of
from ventros_contacts.events import publish


async def on_identities_changed(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[ChannelIdentityChanged]]
) -> None:
    """Proofs of one tenant, in order; each may be told again."""
    proofs = [_proof(event) for event in events]
    outcome = await learn_identities(tx, tenant_id, proofs, utc_now())
    await emit(tx, publish.learnt(tenant_id, events, outcome))


def _proof(event: Received[ChannelIdentityChanged]) -> tuple[IdentityKey, ...]:
    told = event.data
    return identities_of(event.envelope.project_id, [*told.before, *told.after], "")


IDENTITIES: Final = Consumer(
    name="contacts.identities",
    types={"channel.identity_changed.v1": ChannelIdentityChanged},
    handle=on_identities_changed,
    exchange=DOMAIN_EXCHANGE,
    single_active=True,
)
