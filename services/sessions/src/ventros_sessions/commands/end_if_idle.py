"""End a session whose deadline has passed; what its timer asks when it wakes."""

from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_sessions.domain.facts import Ended
from ventros_sessions.domain.session import end_by_inactivity
from ventros_sessions.store import sessions


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: the end that was made now, or the seconds that remain, or neither when the
    session had ended before."""

    ended: Ended | None = None
    remaining_seconds: float | None = None


async def end_if_idle(tx: Tx, session_id: UUID) -> Idle:
    """End the session, at its deadline, if that has passed on the database's clock.

    The row is locked: a message that comes at the same moment has either moved the deadline
    before this looks, or finds the session ended and decides by its own time of receipt.
    """
    found = await sessions.lock(tx, session_id)
    if found is None or not found[0].active:
        return Idle()
    session, now = found
    remaining = (session.deadline - now).total_seconds()
    if remaining >= 0:
        return Idle(remaining_seconds=remaining)
    ended = end_by_inactivity(session)
    await sessions.save(tx, [ended])
    return Idle(ended=Ended(ended))
