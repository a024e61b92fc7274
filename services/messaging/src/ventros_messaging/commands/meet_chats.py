"""Know the chats that messages are written in."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from platform_postgres import Tx
from ventros_messaging.store import chats as store
from ventros_messaging.store.chats import Place, Sighting

_MOST: Final = 100_000


class KnownChats:
    """Chats that were seen in the database, so that a message in one of them asks for nothing.

    Only what an earlier transaction made is remembered: what this one makes may still be undone. A
    chat is never removed, so nothing remembered can be wrong.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[UUID, Place], None] = {}

    def has(self, tenant_id: UUID, place: Place) -> bool:
        """Whether a chat is there for certain."""
        return (tenant_id, place) in self._seen

    def remember(self, tenant_id: UUID, sightings: Iterable[Sighting]) -> None:
        """Remember chats; the oldest are forgotten when there are too many."""
        for each in sightings:
            self._seen[tenant_id, each.place] = None
        while len(self._seen) > _MOST:
            del self._seen[next(iter(self._seen))]


async def meet_chats(
    tx: Tx, tenant_id: UUID, known: KnownChats, sightings: Sequence[Sighting]
) -> list[Sighting]:
    """Make the chats that are new, of different places; answers with the sightings of those."""
    made = await store.meet(tx, tenant_id, sightings)
    known.remember(tenant_id, [each for each in sightings if each.id not in made])
    return [each for each in sightings if each.id in made]
