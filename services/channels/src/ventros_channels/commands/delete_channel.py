"""Disconnect a number. Its history stays; its secrets do not."""

from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_postgres import Tx
from ventros_channels.domain.channel import Channel, ChannelNotFound
from ventros_channels.store import channels, credentials


async def delete_channel(tx: Tx, project_id: UUID, channel_id: UUID) -> Channel:
    """The channel as it was deleted. Raises `ChannelNotFound`."""
    channel = await channels.get_locked(tx, project_id, channel_id)
    if channel is None:
        raise ChannelNotFound("There is no such channel.")
    now = utc_now()
    await channels.delete(tx, project_id, channel_id, now)
    await credentials.remove(tx, channel_id)
    return msgspec.structs.replace(
        channel, version=channel.version + 1, status="inactive", updated_at=now
    )
