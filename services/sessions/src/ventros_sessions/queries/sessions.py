"""The list of a project's sessions, newest first, and one session."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_sessions.domain.errors import SessionNotFound
from ventros_sessions.domain.session import Session, Status
from ventros_sessions.store import sessions
from ventros_sessions.store.contacts import contacts
from ventros_sessions.store.sessions import Narrowing, Position


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions. `contact_id` stands for the person: all contacts that are one with it.

    The stretch of time is half-open: `started_after` belongs to it, `started_before` does not.
    """

    status: Status | None = None
    contact_id: UUID | None = None
    channel_id: UUID | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None


async def newest(
    tx: Tx, project_id: UUID, filters: Filters, *, beyond: Position | None, limit: int
) -> list[Session]:
    """At most `limit` sessions of a project, newest first, after the position `beyond`."""
    nodes = None
    if filters.contact_id is not None:
        person = (await contacts.roots(tx, [filters.contact_id]))[filters.contact_id]
        nodes = await contacts.expand(tx, person)
    narrowing = Narrowing(
        project_id=project_id,
        status=filters.status,
        contact_ids=nodes,
        channel_id=filters.channel_id,
        started_after=filters.started_after,
        started_before=filters.started_before,
    )
    return await sessions.newest(tx, narrowing, beyond=beyond, limit=limit)


async def one(tx: Tx, project_id: UUID, session_id: UUID) -> Session:
    """A session of a project.

    Raises:
        SessionNotFound: this project has no such session.
    """
    found = await sessions.find(tx, project_id, session_id)
    if found is None:
        raise SessionNotFound(session_id)
    return found
