"""What is stored of the people that proofs can concern, once their rows are locked."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from platform_postgres import Tx
from ventros_contacts.domain.book import Known, may_join
from ventros_contacts.domain.identity import IdentityKey
from ventros_contacts.store import forest
from ventros_contacts.store.forest import ALIASES, People
from ventros_contacts.store.identities import Owner


async def known_people(
    tx: Tx,
    parties: Sequence[tuple[IdentityKey, ...]],
    owners: Mapping[IdentityKey, Owner],
    people: People,
) -> Known:
    """`parties` are the identities that are proven to be of one person each."""
    roots = {node: people.root(node) for node in people.contacts}
    trees: dict[UUID, frozenset[UUID]] = {}
    refusals: frozenset[frozenset[UUID]] = frozenset()
    if may_join(parties, {key: roots[owner.contact_id] for key, owner in owners.items()}):
        found = await ALIASES.trees(tx, set(roots.values()))
        trees = {root: frozenset(nodes) for root, nodes in found.items()}
        refusals = await forest.refusals(tx, frozenset().union(*trees.values()))
    return Known(
        contacts=people.contacts,
        owners={key: owner.contact_id for key, owner in owners.items()},
        unverified=frozenset(key for key, owner in owners.items() if not owner.verified),
        roots=roots,
        alias_versions={node: link.version for node, link in people.links.items()},
        trees=trees,
        refusals=refusals,
    )
