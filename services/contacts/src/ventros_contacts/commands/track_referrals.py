"""Keep what brought contacts, where a message says it."""

from collections.abc import Iterable
from uuid import UUID

from platform_postgres import Tx
from proto_events.conversation import ChatMessage
from ventros_contacts.domain.contact import Contact
from ventros_contacts.domain.tracking import Tracking, tracking_of
from ventros_contacts.store import trackings


async def track_referrals(
    tx: Tx, tenant_id: UUID, met: Iterable[tuple[ChatMessage, Contact]]
) -> dict[UUID, Tracking]:
    """What brought these contacts that was not known yet, by message.

    Nothing is asked of the database when no message says anything of it, which is nearly always.
    """
    said = [one for message, contact in met if (one := tracking_of(message, contact)) is not None]
    if not said:
        return {}
    new = await trackings.add(tx, tenant_id, said)
    return {one.message_id: one for one in said if one.id in new}
