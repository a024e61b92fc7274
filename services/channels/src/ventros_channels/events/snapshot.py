"""All channels once more, for a service that fills its copy."""

from datetime import datetime
from typing import Final
from uuid import UUID

from platform_bus import Outgoing
from platform_bus.snapshot import Source
from platform_postgres import Tx
from proto_events.channels import ChannelSnapshot
from ventros_channels.domain.channel import Channel
from ventros_channels.events.publish import ai, capabilities
from ventros_channels.store import channels


async def page(tx: Tx, tenant_id: UUID, after: UUID, limit: int) -> list[Outgoing]:
    """The next channels of the tenant of `tx`."""
    del tenant_id  # row-level security sees to it
    return [_snapshot(*found) for found in await channels.all_after(tx, after, limit)]


SOURCES: Final = (Source(aggregate="channel", tenants="channel", page=page),)


def _snapshot(channel: Channel, deleted_at: datetime | None) -> Outgoing:
    event = ChannelSnapshot(
        channel_id=channel.id,
        name=channel.name,
        type=channel.type,
        status=channel.status,
        external_id=channel.external_id,
        default_session_timeout_minutes=channel.default_session_timeout_minutes,
        capabilities=capabilities(channel),
        ai=ai(channel),
        created_at=channel.created_at,
        updated_at=channel.updated_at,
        deleted_at=deleted_at,
    )
    return Outgoing(
        event=event,
        tenant_id=channel.tenant_id,
        project_id=channel.project_id,
        subject=channel.id,
        sequence=channel.version,
        partition_key=str(channel.id),
    )
