"""Learn which contacts are one person, and leave one active session per person and channel."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from platform_aliases import Link
from platform_core.ids import new_id
from platform_postgres import Tx
from ventros_sessions.domain.book import Book
from ventros_sessions.domain.facts import Fact
from ventros_sessions.store import sessions
from ventros_sessions.store.contacts import contacts


async def join_people(
    tx: Tx,
    tenant_id: UUID,
    nodes: Collection[tuple[UUID, UUID]],
    links: Sequence[Link],
    now: datetime,
) -> list[Fact]:
    """Apply joins and partings of contacts; `nodes` are pairs of a node and its project.

    A parting leaves sessions where they are: each stands under the node that it began with.
    """
    roots = await contacts.admit(tx, tenant_id, nodes, links)
    loaded = await sessions.lock_active_of_people(tx, sorted(set(roots.values())))
    book = Book(tenant_id, loaded, now, new_id)
    book.join()
    await sessions.save(tx, book.changed())
    return book.facts
