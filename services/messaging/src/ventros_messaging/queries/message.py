"""One message."""

from uuid import UUID

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.queries.mentioned import with_mentioned
from ventros_messaging.store import messages as store


async def message(tx: Tx, tenant_id: UUID, project_id: UUID, message_id: UUID) -> StoredMessage:
    """The message with this id; those of groups are found in their chat.

    Raises:
        NotFound: `message_not_found`; also for one of another tenant or project.
    """
    found = await store.find(tx, tenant_id, project_id, message_id)
    if found is None or found.message.contact_id is None:
        raise NotFound("There is no message with this id.", code="message_not_found")
    return (await with_mentioned(tx, tenant_id, [found]))[0]
