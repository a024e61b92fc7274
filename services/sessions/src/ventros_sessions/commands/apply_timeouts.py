"""Apply what channels and projects say about the timeout, to new and to open sessions."""

from collections.abc import Sequence
from uuid import UUID

from platform_postgres import Tx
from ventros_sessions.domain.facts import TimeoutChanged
from ventros_sessions.domain.timeouts import change
from ventros_sessions.store import sessions, timeouts
from ventros_sessions.store.timeouts import Setting


async def apply_timeouts(
    tx: Tx, tenant_id: UUID, settings: Sequence[Setting]
) -> list[TimeoutChanged]:
    """Apply the settings that are newer than what is known.

    Those who record messages lock sessions first and settings second, so this does too: it locks
    the sessions that seem concerned before the settings, and what was opened meanwhile after.
    """
    newest: dict[tuple[str, UUID], Setting] = {}
    for setting in settings:
        known = newest.get((setting.scope, setting.id))
        if known is None or known.sequence < setting.sequence:
            newest[setting.scope, setting.id] = setting
    told = list(newest.values())

    seen = await timeouts.read(tx, told)
    concerned = [s for s in told if _concerns_open(s, seen.get((s.scope, s.id)))]
    if concerned:
        await timeouts.lock_heirs(tx, concerned)
    stored = await timeouts.lock(tx, tenant_id, told)
    newer = [s for s in told if s.sequence > stored[s.scope, s.id].sequence]
    await timeouts.apply(tx, newer)

    concerned = [s for s in newer if _concerns_open(s, stored[s.scope, s.id])]
    if not concerned:
        return []
    changes = [change(*heir) for heir in await timeouts.lock_heirs(tx, concerned)]
    made = [made for made in changes if made is not None]
    await sessions.save(tx, [session for session, _ in made])
    return [fact for _, fact in made if fact is not None]


def _concerns_open(setting: Setting, known: Setting | None) -> bool:
    if setting.deleted:
        return False
    return setting.minutes != (known.minutes if known else None)
