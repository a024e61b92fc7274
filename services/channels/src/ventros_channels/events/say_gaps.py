"""Gaps, from what is true here to what the contracts say."""

from datetime import datetime
from uuid import UUID

from platform_bus import Outgoing
from proto_events.channels import ChannelGapClosed, ChannelGapFound
from ventros_channels.domain.gap import Gap
from ventros_channels.store.gaps import NewGap


def found(tenant_id: UUID, gap_id: UUID, new: NewGap, at: datetime, place: int) -> Outgoing:
    """`channel.gap_found`; `place` is one in the order of arrival."""
    event = ChannelGapFound(
        channel_id=new.channel_id,
        gap_id=gap_id,
        cause=new.cause,
        since=new.since,
        until=new.until,
        found_at=at,
    )
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=new.project_id,
        subject=new.channel_id,
        sequence=place,
        partition_key=str(new.channel_id),
    )


def closed(gap: Gap, at: datetime, place: int) -> Outgoing:
    """`channel.gap_closed`."""
    event = ChannelGapClosed(
        channel_id=gap.channel_id,
        gap_id=gap.id,
        cause=gap.cause,
        since=gap.since,
        until=gap.until,
        messages_found=gap.found,
        messages_fetched=gap.fetched,
        chats_unread=gap.unread,
        messages_refused=gap.refused,
        reason=gap.reason,
        closed_at=at,
    )
    return Outgoing(
        event=event,
        tenant_id=gap.tenant_id,
        project_id=gap.project_id,
        subject=gap.channel_id,
        sequence=place,
        partition_key=str(gap.channel_id),
    )
