"""Merge contacts that a user says are one person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_aliases import Link
from platform_postgres import Tx
from ventros_contacts.domain.contact import changed
from ventros_contacts.domain.errors import MergeWithItself
from ventros_contacts.domain.facts import Joined
from ventros_contacts.store import contacts, forest
from ventros_contacts.store.forest import ALIASES


class MergeContacts(msgspec.Struct, frozen=True, kw_only=True):
    """`contact_ids` join `primary_id`, whose root is the root of all."""

    tenant_id: UUID
    project_id: UUID
    primary_id: UUID
    contact_ids: Sequence[UUID]


async def merge_contacts(tx: Tx, command: MergeContacts, now: datetime) -> list[Joined]:
    """Join people by edges between their roots; what is joined already stays as it is.

    A user's word also lifts what users refused before.

    Raises:
        MergeWithItself: the primary contact is among those to be joined to it.
        ContactNotFound: one of them is not there.
        StaleRoots: contacts were joined meanwhile.
    """
    if command.primary_id in command.contact_ids:
        raise MergeWithItself
    people = await forest.lock_people(tx, [command.primary_id, *command.contact_ids])
    primary = people.person(command.project_id, command.primary_id)
    roots = {
        root.id: root
        for root in (people.person(command.project_id, node) for node in command.contact_ids)
        if root.id != primary.id
    }
    if not roots:
        return []
    joins = [
        Joined(changed(root, now), primary.id, people.edge_version(root.id) + 1)
        for root in roots.values()
    ]
    trees = await ALIASES.trees(tx, [primary.id, *roots])
    await forest.allow(tx, {node for tree in trees.values() for node in tree})
    links = [Link(join.node, join.root, join.version) for join in joins]
    await forest.link(tx, command.tenant_id, links, strategy="manual", now=now)
    await contacts.save(tx, command.tenant_id, [join.contact for join in joins])
    return joins
