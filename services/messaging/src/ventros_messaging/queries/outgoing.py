"""Messages of ours on their way out."""

from collections.abc import Sequence
from uuid import UUID

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_messaging.domain.outgoing import OutgoingMessage, OutgoingStatus
from ventros_messaging.queries.timeline import Scope
from ventros_messaging.store import outgoing as store
from ventros_messaging.store.contacts import CONTACTS


async def outgoing_message(tx: Tx, scope: Scope, message_id: UUID) -> OutgoingMessage:
    """The one with this id.

    Raises:
        NotFound: `message_not_found`; also for one of another tenant or project.
    """
    found = await store.find(tx, scope.tenant_id, scope.project_id, message_id)
    if found is None:
        raise NotFound("There is no such message on its way.", code="message_not_found")
    return found


async def outgoing_messages(
    tx: Tx,
    scope: Scope,
    *,
    contact_id: UUID | None,
    chat_id: UUID | None = None,
    status: OutgoingStatus | None,
    before: UUID | None,
    limit: int,
) -> list[OutgoingMessage]:
    """Newest first; of a contact, whichever of its nodes is named, or of a group."""
    nodes: Sequence[UUID] | None = None
    if contact_id is not None:
        person = (await CONTACTS.roots(tx, [contact_id]))[contact_id]
        nodes = await CONTACTS.expand(tx, person)
    return await store.page(
        tx,
        scope.tenant_id,
        scope.project_id,
        contact_ids=nodes,
        chat_id=chat_id,
        status=status,
        before=before,
        limit=limit,
    )
