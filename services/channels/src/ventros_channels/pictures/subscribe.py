"""Whose pictures are asked for: of contacts that are new, and weekly of those who come back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from platform_bus import Consumer, Received
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.contacts import ContactCreated
from proto_events.conversation import PartyIdentity
from proto_events.registry import DOMAIN_EXCHANGE
from proto_events.sessions import SessionStarted
from ventros_channels.store import picture_looks
from ventros_channels.store.picture_looks import Wanted

AGE: Final = timedelta(days=7)
"""How old an answer is before it is asked for again."""

_KINDS: Final = ("jid", "lid")
"""Addresses that a provider can be asked about, the better one first."""


async def on_contacts(tx: Tx, tenant_id: UUID, events: Sequence[Received[ContactCreated]]) -> None:
    """Contacts that a message made; who was made by hand has no address at a provider yet."""
    wanted = [one for event in events if (one := _wanted(event.data)) is not None]
    if wanted:
        await picture_looks.add(tx, tenant_id, wanted)


async def on_sessions(tx: Tx, tenant_id: UUID, events: Sequence[Received[SessionStarted]]) -> None:
    """Who is back after a week may show another picture."""
    del tenant_id  # row-level security sees to it
    contacts = {event.data.contact_id for event in events}
    await picture_looks.again(tx, list(contacts), utc_now() - AGE)


def _wanted(contact: ContactCreated) -> Wanted | None:
    chat = _address(contact.addresses)
    if contact.source_channel is None or chat is None:
        return None
    return Wanted(contact.contact_id, contact.source_channel, chat)


def _address(addresses: Sequence[PartyIdentity]) -> str | None:
    for kind in _KINDS:
        for one in addresses:
            if one.kind == kind and "\0" not in one.value:
                return one.value
    return None


CONSUMERS: Final = (
    Consumer(
        name="channels.contacts",
        types={"contact.created.v1": ContactCreated},
        handle=on_contacts,
        exchange=DOMAIN_EXCHANGE,
    ),
    Consumer(
        name="channels.sessions",
        types={"session.started.v1": SessionStarted},
        handle=on_sessions,
        exchange=DOMAIN_EXCHANGE,
    ),
)
