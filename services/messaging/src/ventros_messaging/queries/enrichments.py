"""What the files of a message say."""

from uuid import UUID

from platform_postgres import Tx
from ventros_messaging.domain.enrichment import Enrichment
from ventros_messaging.queries.message import message
from ventros_messaging.store import enrichments as store


async def enrichments_of_message(
    tx: Tx, tenant_id: UUID, project_id: UUID, message_id: UUID
) -> list[Enrichment]:
    """The enrichments of a message of this project.

    Raises:
        NotFound: there is no such message.
    """
    await message(tx, tenant_id, project_id, message_id)
    found = await store.of_messages(tx, tenant_id, project_id, [message_id])
    return list(found.values())
