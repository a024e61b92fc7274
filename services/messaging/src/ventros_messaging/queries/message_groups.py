"""The message groups of a session."""

from uuid import UUID

from platform_postgres import Tx
from ventros_messaging.domain.message_group import Group
from ventros_messaging.store import message_groups as store


async def groups_of_session(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    session_id: UUID,
    *,
    before: UUID | None,
    limit: int,
) -> list[Group]:
    """The next `limit` groups, the newest first; `before` is the last one of the page before."""
    return await store.of_session(tx, tenant_id, project_id, session_id, before, limit)
