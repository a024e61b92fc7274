"""A key that was replaced is tried at once: nobody has to send a message to learn what it is worth.

No transaction is open while the provider is called. A provider that is away says nothing, and the
next call that it takes or refuses tells.
"""

import asyncio
from typing import Final
from uuid import UUID

from platform_bus import Bell
from platform_crypto import Vault
from platform_postgres import Database, Tx
from platform_telemetry import get_logger
from ventros_channels.adapters import Adapters
from ventros_channels.connections.reach import Reached, reach
from ventros_channels.delivery.connection import note_connection, note_refused_key
from ventros_channels.domain.channel import Channel
from ventros_channels.domain.lifecycle import CONNECTED
from ventros_channels.domain.provider_errors import (
    ProviderError,
    ProviderKeyInvalid,
    ProviderKeyRefused,
)
from ventros_channels.domain.whatsapp_cloud.failures import UNAUTHORIZED
from ventros_channels.queries.channels import get_channel
from ventros_channels.store import channels, senders
from ventros_channels.store.senders import Turn

log = get_logger(__name__)

PATIENCE: Final = 5.0
"""Seconds: whoever replaced the key waits."""


async def try_new_key(
    database: Database,
    bell: Bell,
    vault: Vault,
    adapters: Adapters,
    tenant_id: UUID,
    project_id: UUID,
    channel_id: UUID,
) -> Channel:
    """The channel, with what its provider says of the key that it has now.

    Raises as `connections.reach.reach` does.
    """
    async with database.tenant(tenant_id) as tx:
        found = await reach(tx, vault, adapters, project_id, channel_id)
    if found.channel.status != "active":
        return found.channel
    status, refused = None, None
    try:
        async with asyncio.timeout(PATIENCE):
            status = await found.adapter.try_key(found.at)
    except ProviderKeyRefused as error:
        refused = error
    except (ProviderError, TimeoutError) as error:
        log.info("key_not_tried", channel_id=str(channel_id), reason=repr(error))
        return found.channel
    async with database.tenant(tenant_id) as tx:
        if await _still_has(tx, found):
            await _note(tx, found, status, refused)
        channel = await get_channel(tx, project_id, channel_id)
    bell.ring()
    return channel


async def _still_has(tx: Tx, found: Reached) -> bool:
    """Whether the key that was tried is the channel's: somebody may have replaced it meanwhile."""
    await channels.get_locked(tx, found.channel.project_id, found.channel.id)
    now = await senders.line(tx, found.channel.id)
    return now is not None and now.api_key == found.line.api_key


async def _note(
    tx: Tx, found: Reached, status: str | None, refused: ProviderKeyRefused | None
) -> None:
    turn = Turn(found.channel.tenant_id, found.channel.id)
    if isinstance(refused, ProviderKeyInvalid):
        await note_refused_key(tx, turn, found.line, refused.detail)
    elif refused is not None:
        await note_connection(tx, turn, found.line, UNAUTHORIZED, refused.detail)
    elif status is not None:
        await note_connection(tx, turn, found.line, status)
    elif found.line.connection_status == UNAUTHORIZED:
        await note_connection(tx, turn, found.line, CONNECTED)
