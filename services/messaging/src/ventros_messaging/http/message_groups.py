"""`/v1/message-groups`: what a contact wrote in quick succession."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from platform_http import Caller, Page, Paged, Reads
from ventros_messaging.domain.message_group import Group, GroupStatus
from ventros_messaging.queries.message_groups import groups_of_session


class MessageGroupResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of one contact in quick succession.

    `pending`: more may join. `processing`: none does, and files are put into words. `completed`:
    all of it is done. `expired`: that took too long. `expires_at` is when a pending group closes,
    or one in processing is given up.
    """

    id: UUID
    contact_id: UUID
    session_id: UUID
    channel_id: UUID
    status: GroupStatus
    message_ids: list[UUID]
    started_at: datetime
    completed_at: datetime | None
    expires_at: datetime
    version: int


@get("/v1/message-groups", operation_id="listMessageGroups", summary="List message groups")
async def list_groups(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    session_id: Annotated[UUID, QueryParameter(description="The groups of this session.")],
) -> Page[MessageGroupResponse]:
    """The groups of a session, the newest first."""
    question = f"message groups {principal.project_id} {session_id}"
    before = page.after(question, UUID)
    async with reader(principal) as tx:
        found = await groups_of_session(
            tx,
            principal.tenant_id,
            principal.project_id,
            session_id,
            before=before,
            limit=page.fetch,
        )
    return page.cut(question, found, lambda group: group.id, _response)


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (list_groups,)


def _response(group: Group) -> MessageGroupResponse:
    return MessageGroupResponse(
        id=group.id,
        contact_id=group.conversation.contact_id,
        session_id=group.conversation.session_id,
        channel_id=group.conversation.channel_id,
        status=group.status,
        message_ids=list(group.message_ids),
        started_at=group.started_at,
        completed_at=group.completed_at,
        expires_at=group.expires_at,
        version=group.version,
    )
