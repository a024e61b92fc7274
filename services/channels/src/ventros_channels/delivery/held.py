"""What was held back while its channel was being called is told, and its files are wanted."""

from uuid import UUID

from platform_postgres import Tx
from ventros_channels.commands.want_files import want_files_told
from ventros_channels.store import deliveries


async def release(tx: Tx, tenant_id: UUID, channel_id: UUID) -> None:
    """Tell what need not wait any longer."""
    await want_files_told(tx, tenant_id, await deliveries.release(tx, tenant_id, channel_id))
