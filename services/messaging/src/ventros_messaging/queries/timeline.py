"""The timeline of a session, of a contact with everybody who turned out to be it, or of a group."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_core.errors import NotFound
from platform_postgres import Tx
from ventros_messaging.domain.content import ContentType
from ventros_messaging.domain.message import Message, StoredMessage
from ventros_messaging.domain.timeline import Order, Position, span
from ventros_messaging.queries.mentioned import with_mentioned
from ventros_messaging.store import messages as store
from ventros_messaging.store import sessions
from ventros_messaging.store.contacts import CONTACTS
from ventros_messaging.store.words import Wanted


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages of a timeline, and in which order.

    The stretch of time is half-open: `after` belongs to it, `before` does not.
    """

    channel_id: UUID | None = None

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
    wanted: Wanted | None = None,
) -> list[StoredMessage]:
    """The next `limit` messages of a session, with those of the sessions that went into it; none
    of one that is not known here.
    """
    ids = await sessions.family(tx, scope.tenant_id, session_id)
    return await _page(
        tx, scope, "session_id", ids, narrowing, beyond=beyond, limit=limit, wanted=wanted
    )


async def of_contact(
    tx: Tx,
    scope: Scope,
    contact_id: UUID,
    narrowing: Narrowing,
    *,
    beyond: Position | None,
    limit: int,
    wanted: Wanted | None = None,
) -> list[StoredMessage]:
    """The next `limit` messages of a person, whichever of its nodes is named.

    A merge makes one history of several and undoing it takes them apart, with no row rewritten.
    """
    nodes = await _nodes(tx, contact_id)
    return await _page(
        tx, scope, "contact_id", nodes, narrowing, beyond=beyond, limit=limit, wanted=wanted
    )


async def of_group(
    tx: Tx,
    scope: Scope,
    chat_id: UUID,
    narrowing: Narrowing,
    *,
    beyond: Position | None,
    limit: int,
    wanted: Wanted | None = None,
) -> list[StoredMessage]:
    """The next `limit` messages of a group."""
    return await _page(
        tx, scope, "chat_id", [chat_id], narrowing, beyond=beyond, limit=limit, wanted=wanted
    )


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """A message with those before and after it, both in the order that was asked for.

    `more_before` and `more_after`: there are others beyond.
    """

    before: list[StoredMessage]
    message: StoredMessage
    after: list[StoredMessage]
    more_before: bool
    more_after: bool


async def around(
    tx: Tx,
    scope: Scope,
    owner: store.Owner,
    owner_id: UUID,
    message_id: UUID,
    narrowing: Narrowing,
    *,
    limit: int,
    wanted: Wanted | None = None,
) -> Surroundings:
    """A message of a session, a person or a group in the midst of its timeline, `limit` at most.

    The message itself is there whatever the filters say.

    Raises:
        NotFound: `message_not_found`; also for one of another timeline.
    """
    ids = await _owners(tx, scope, owner, owner_id)
    found = await store.find(tx, scope.tenant_id, scope.project_id, message_id)
    elsewhere = found is not None and narrowing.channel_id not in {None, found.message.channel_id}
    if found is None or elsewhere or getattr(found.message, owner) not in ids:
        raise NotFound(
            "There is no message with this id in the timeline.", code="message_not_found"
        )
    place = position_of(found.message)
    ahead = (limit - 1) // 2
    behind = limit - 1 - ahead
    before = await _page(
        tx, scope, owner, ids, turned(narrowing), beyond=place, limit=ahead + 1, wanted=wanted
    )
    after = await _page(
        tx, scope, owner, ids, narrowing, beyond=place, limit=behind + 1, wanted=wanted
    )
    return Surroundings(
        before=before[:ahead][::-1],
        message=(await with_mentioned(tx, scope.tenant_id, [found]))[0],
        after=after[:behind],
        more_before=len(before) > ahead,
        more_after=len(after) > behind,
    )


def turned(narrowing: Narrowing) -> Narrowing:
    """The same messages the other way round."""
    order: Order = "desc" if narrowing.order == "asc" else "asc"
    return msgspec.structs.replace(narrowing, order=order)


def position_of(message: Message) -> Position:
    """Where a message stands in a timeline."""
    return Position(occurred_at=message.occurred_at, ingress_seq=message.ingress_seq, id=message.id)


async def _owners(tx: Tx, scope: Scope, owner: store.Owner, owner_id: UUID) -> list[UUID]:
    match owner:
        case "contact_id":
            return await _nodes(tx, owner_id)
        case "session_id":
            return await sessions.family(tx, scope.tenant_id, owner_id)
        case "chat_id":
            return [owner_id]


async def _nodes(tx: Tx, contact_id: UUID) -> list[UUID]:
    """Every node of a person, whichever of them is named."""
    person = (await CONTACTS.roots(tx, [contact_id]))[contact_id]
    return await CONTACTS.expand(tx, person)


async def _page(
    tx: Tx,
    scope: Scope,
    owner: store.Owner,
    ids: list[UUID],
    narrowing: Narrowing,
    *,
    beyond: Position | None,
    limit: int,
    wanted: Wanted | None = None,
) -> list[StoredMessage]:
    found = await store.timeline(
        tx,
        scope.tenant_id,
        scope.project_id,
        owner=owner,
        ids=ids,
        span=span(narrowing.order, after=narrowing.after, before=narrowing.before, beyond=beyond),
        content_type=narrowing.content_type,
        from_me=narrowing.from_me,
        limit=limit,
        channel_id=narrowing.channel_id,
        wanted=wanted,
    )
    return await with_mentioned(tx, scope.tenant_id, found)
