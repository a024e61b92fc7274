"""Keep the copy of which contacts turned out to be one."""

from collections.abc import Iterable
from uuid import UUID

from platform_aliases import Link
from platform_postgres import Tx
from ventros_messaging.store.contacts import CONTACTS


async def learn_contacts(
    tx: Tx, tenant_id: UUID, contacts: Iterable[tuple[UUID, UUID]], links: Iterable[Link]
) -> None:
    """Learn joins and partings of `contacts`, pairs of (contact, project).

    Only a link with a higher version than the known one changes anything, so that they may come
    twice and in any order. A contact that was never joined needs no row.

    Raises:
        AliasCycle: one edge of a change is here before the other; try again later.
    """
    links = list(links)
    if links:
        await CONTACTS.learn(tx, tenant_id, contacts, links)
