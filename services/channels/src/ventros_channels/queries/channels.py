"""Channels of a project."""

from uuid import UUID

from platform_postgres import Tx
from ventros_channels.domain.channel import Channel, ChannelNotFound
from ventros_channels.store import channels


async def get_channel(tx: Tx, project_id: UUID, channel_id: UUID) -> Channel:
    """Raises `ChannelNotFound`."""
    channel = await channels.get(tx, project_id, channel_id)
    if channel is None:
        raise ChannelNotFound("There is no such channel.")
    return channel


async def list_channels(
    tx: Tx, project_id: UUID, *, before: UUID | None, limit: int
) -> list[Channel]:
    """Newest first, after the one with the id `before`."""
    return await channels.list_page(tx, project_id, before, limit)
