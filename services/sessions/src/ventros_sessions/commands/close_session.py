"""Close a session because someone decided so."""

from uuid import UUID

from platform_postgres import Tx
from ventros_sessions.domain.errors import SessionNotFound
from ventros_sessions.domain.facts import Ended
from ventros_sessions.domain.session import EndReason, close
from ventros_sessions.store import sessions


async def close_session(tx: Tx, project_id: UUID, session_id: UUID, reason: EndReason) -> Ended:
    """End an active session now.

    Raises:
        SessionNotFound: this project has no such session.
        SessionNotActive: it has ended already.
    """
    found = await sessions.lock(tx, session_id)
    if found is None or found[0].project_id != project_id:
        raise SessionNotFound(session_id)
    session, now = found
    ended = close(session, reason, now)
    await sessions.save(tx, [ended])
    return Ended(ended)
