"""Profile pictures as channels tells them, and what becomes of them."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import msgspec

from platform_bus import Consumer, Outgoing, Received, emit
from platform_postgres import Tx
from proto_events.channels import ChannelProfilePictureReceived
from proto_events.contacts import ContactProfilePictureUpdated
from proto_events.envelope import Envelope
from proto_events.pipelines import ContactProfilePictureReceived
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_contacts.commands.take_pictures import take_pictures
from ventros_contacts.domain.picture import Picture, Shown


async def on_pictures(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[ChannelProfilePictureReceived]]
) -> None:
    """One tenant's pictures: each is kept, and told on; another one is told as that, too."""
    told = [(event.envelope.project_id, _picture(event.data)) for event in events]
    outcome = await take_pictures(tx, tenant_id, told)
    said = [
        outgoing
        for event, shown in zip(events, outcome, strict=True)
        if shown is not None
        for outgoing in _told(tenant_id, shown, event.envelope)
    ]
    if said:
        await emit(tx, said)


def _picture(event: ChannelProfilePictureReceived) -> Picture:
    return Picture(
        contact_id=event.contact_id, url=event.profile_picture_url, fetched_at=event.fetched_at
    )


def _told(tenant_id: UUID, shown: Shown, cause: Envelope) -> Iterator[Outgoing]:
    contact, picture = shown.contact, shown.picture
    events: list[msgspec.Struct] = [
        ContactProfilePictureReceived(contact_id=contact.id, profile_picture_url=picture.url)
    ]
    if shown.news:
        updated = ContactProfilePictureUpdated(
            contact_id=contact.id,
            profile_picture_url=picture.url,
            fetched_at=picture.fetched_at,
        )
        events.append(updated)
    for event in events:
        yield Outgoing(
            event=event,
            tenant_id=tenant_id,
            project_id=contact.project_id,
            subject=contact.id,
            sequence=contact.version,
            partition_key=str(contact.id),
            cause=cause,
        )


PICTURES: Final = Consumer(
    name="contacts.pictures",
    types={"channel.profile_picture_received.v1": ChannelProfilePictureReceived},
    handle=on_pictures,
    exchange=DOMAIN_EXCHANGE,
)
