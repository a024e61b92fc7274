"""Messages by the words that they say, whatever their accents and case."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from platform_core.words import after_all_with, words_of
from platform_postgres import Tx
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.domain.timeline import Position, span
from ventros_messaging.queries.mentioned import with_mentioned
from ventros_messaging.queries.timeline import Narrowing, Scope
from ventros_messaging.store import messages, words
from ventros_messaging.store.words import Wanted

MOST_WORDS: Final = 8
LONGEST: Final = 256
_SHORTEST_BEGINNING: Final = 3
_MOST_ENDINGS: Final = 64
_COUNTED: Final = 1000


def words_in(asked: str) -> list[str]:
    """The words that are asked for; none where there is too much."""
    if len(asked) > LONGEST:
        return []
    found = words_of(asked, most=MOST_WORDS + 1)
    return found if len(found) <= MOST_WORDS else []


async def wanted_by(tx: Tx, scope: Scope, asked: Sequence[str]) -> Wanted:
    """What a message has to say: every word that is asked for, and of the last one, which somebody
    may still be writing, the beginning.

    A beginning has three letters at least, and stands for the first 64 words with it.
    """
    *whole, last = asked
    endings: list[str] = []
    if len(last) >= _SHORTEST_BEGINNING:
        endings = await words.beginning(
            tx,
            scope.tenant_id,
            scope.project_id,
            last,
            after_all_with(last),
            limit=_MOST_ENDINGS,
        )
    return Wanted((*((word,) for word in whole), tuple(endings) or (last,)))


async def of_project(
    tx: Tx,
    scope: Scope,
    wanted: Wanted,
    narrowing: Narrowing,
    *,
    beyond: Position | None,
    limit: int,
) -> list[StoredMessage]:
    """The next `limit` messages of a project that say what is wanted.

    The rarest of the conditions leads: its messages are walked in order, and looked at for the
    others.
    """
    found = await messages.search(
        tx,
        scope.tenant_id,
        scope.project_id,
        lead=await _rarest(tx, scope.tenant_id, scope.project_id, wanted),
        wanted=wanted,
        span=span(narrowing.order, after=narrowing.after, before=narrowing.before, beyond=beyond),
        content_type=narrowing.content_type,
        from_me=narrowing.from_me,
        limit=limit,
    )
    return await with_mentioned(tx, scope.tenant_id, found)


async def _rarest(tx: Tx, tenant_id: UUID, project_id: UUID, wanted: Wanted) -> tuple[str, ...]:
    totals = [
        sum(await words.counts(tx, tenant_id, project_id, choice, most=_COUNTED))
        for choice in wanted.choices
    ]
    return wanted.choices[totals.index(min(totals))]
