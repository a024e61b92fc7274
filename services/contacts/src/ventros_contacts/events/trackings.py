"""What brought a contact, as events of the contract."""

from collections.abc import Iterator
from uuid import UUID

import msgspec

from platform_bus import Outgoing, Received
from proto_events.channels import ChannelMessageReceived
from proto_events.tracking import TrackingCreated, TrackingMessageMetaAds
from ventros_contacts.domain.tracking import Tracking


def told(
    tenant_id: UUID, tracking: Tracking, message: Received[ChannelMessageReceived]
) -> Iterator[Outgoing]:
    """That it is known, and of an advertisement at Meta what its click was.

    An imported message tells no click: whoever reports conversions would report an old one.
    """
    created = TrackingCreated(
        tracking_id=tracking.id,
        contact_id=tracking.contact_id,
        source=tracking.source,
        platform=tracking.platform,
        created_at=tracking.tracked_at,
    )
    yield _about(tenant_id, tracking, message, created, sequence=1)
    said = message.data.message
    if tracking.source != "meta_ads" or said.history is not None:
        return
    clicked = TrackingMessageMetaAds(
        tracking_id=tracking.id,
        contact_id=tracking.contact_id,
        conversion_source=tracking.conversion_source,
        ad_source_type=said.referral.source_type if said.referral else None,
        ad_source_id=tracking.ad_id,
        ad_source_app=said.referral.source_app if said.referral else None,
        ad_source_url=tracking.ad_url,
        ctwa_click_id=tracking.click_id,
        tracked_at=tracking.tracked_at,
    )
    yield _about(tenant_id, tracking, message, clicked, sequence=2)


def _about(
    tenant_id: UUID,
    tracking: Tracking,
    message: Received[ChannelMessageReceived],
    event: msgspec.Struct,
    *,
    sequence: int,
) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=tracking.project_id,
        subject=tracking.id,
        sequence=sequence,
        partition_key=str(tracking.contact_id),
        cause=message.envelope,
    )
