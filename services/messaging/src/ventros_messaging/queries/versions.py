"""What a message said before it was edited."""

from uuid import UUID

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_messaging.domain.fate import Wording
from ventros_messaging.store import fates


async def versions(
    tx: Tx, tenant_id: UUID, project_id: UUID, message_id: UUID, *, beyond: int, limit: int
) -> list[tuple[int, Wording]]:
    """The wordings of a message with their numbers from 1, the first `limit` after `beyond`.

    A message has few: the numbers are counted anew for each page, so that an edit that is told late
    has its place.

    Raises:
        NotFound: `message_not_found`; also for one of another tenant or project.
    """
    found = await fates.versions(tx, tenant_id, project_id, message_id, beyond=beyond, limit=limit)
    if not found and not beyond:
        raise NotFound("There is no message with this id.", code="message_not_found")
    return found
