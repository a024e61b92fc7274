"""The timeline of a session, or of a contact with everybody who turned out to be it."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.domain.content import ContentType
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.domain.timeline import Order, Position, span
from ventros_messaging.store import messages as store
from ventros_messaging.store.contacts import CONTACTS


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages of a timeline, and in which order.

    The stretch of time is half-open: `after` belongs to it, `before` does not.
    """

    content_type: ContentType | None = None
    from_me: bool | None = None
    after: datetime | None = None
    before: datetime | None = None
    order: Order = "asc"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose data is asked for."""

    tenant_id: UUID
    project_id: UUID


async def of_session(
    tx: Tx,
    scope: Scope,
    session_id: UUID,
    narrowing: Narrowing,
    *,
    beyond: Position | None,
    limit: int,
) -> list[StoredMessage]:
    """The next `limit` messages of a session; none of one that is not known here."""
    return await _page(tx, scope, "session_id", [session_id], narrowing, beyond=beyond, limit=limit)


async def of_contact(
    tx: Tx,
    scope: Scope,
    contact_id: UUID,
    narrowing: Narrowing,
    *,
    beyond: Position | None,
    limit: int,
) -> list[StoredMessage]:
    """The next `limit` messages of a person, whichever of its nodes is named.

    A merge makes one history of several and undoing it takes them apart, with no row rewritten.
    """
    person = (await CONTACTS.roots(tx, [contact_id]))[contact_id]
    nodes = await CONTACTS.expand(tx, person)
    return await _page(tx, scope, "contact_id", nodes, narrowing, beyond=beyond, limit=limit)


async def _page(
    tx: Tx,
    scope: Scope,
    owner: store.Owner,
    ids: list[UUID],
    narrowing: Narrowing,
    *,
    beyond: Position | None,
    limit: int,
) -> list[StoredMessage]:
    return await store.timeline(
        tx,
        scope.tenant_id,
        scope.project_id,
        owner=owner,
        ids=ids,
        span=span(narrowing.order, after=narrowing.after, before=narrowing.before, beyond=beyond),
        content_type=narrowing.content_type,
        from_me=narrowing.from_me,
        limit=limit,
    )
