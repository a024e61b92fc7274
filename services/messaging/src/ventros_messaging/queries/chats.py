"""The chats of a project."""

from datetime import datetime
from uuid import UUID

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_messaging.domain.chat import ChatType, Status
from ventros_messaging.store import chats as store
from ventros_messaging.store.chats import ListedChat


async def chat(tx: Tx, tenant_id: UUID, project_id: UUID, chat_id: UUID) -> ListedChat:
    """The chat with this id.

    Raises:
        NotFound: `chat_not_found`; also for one of another tenant or project.
    """
    found = await store.find(tx, tenant_id, project_id, chat_id)
    if found is None:
        raise NotFound("There is no chat with this id.", code="chat_not_found")
    return found


async def newest_chats(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    *,
    channel_id: UUID | None,
    chat_type: ChatType | None,
    status: Status | None,
    beyond: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ListedChat]:
    """The next `limit` chats of a project, the newest first."""
    return await store.newest(
        tx,
        tenant_id,
        project_id,
        channel_id=channel_id,
        chat_type=chat_type,
        status=status,
        beyond=beyond,
        limit=limit,
    )
