"""Learn that identities are of one person, without a message of theirs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_aliases import Link
from platform_postgres import Tx
from ventros_contacts.commands.known_people import known_people
from ventros_contacts.domain.book import Book
from ventros_contacts.domain.facts import Fact
from ventros_contacts.domain.identity import IdentityKey
from ventros_contacts.store import contacts, forest, identities


class Learnt(msgspec.Struct, frozen=True):
    """What the proof at `place` led to."""

    place: int
    fact: Fact


async def learn_identities(
    tx: Tx, tenant_id: UUID, proofs: Sequence[tuple[IdentityKey, ...]], now: datetime
) -> list[Learnt]:
    """Give whoever is known under one of a proof's identities the others, or join them.

    Nobody is made or brought back: who is known under none of them is nobody yet.

    Raises:
        StaleRoots: contacts were joined meanwhile; begin the transaction again.
    """
    keys = {key for proof in proofs for key in proof}
    await identities.lock(tx, tenant_id, keys)
    owners = await identities.owners(tx, keys)
    people = await forest.lock_people(tx, {owner.contact_id for owner in owners.values()})
    book = Book(await known_people(tx, proofs, owners, people), now)
    learnt: list[Learnt] = []
    for place, proof in enumerate(proofs):
        before = len(book.facts)
        book.learn(proof)
        learnt += [Learnt(place, fact) for fact in book.facts[before:]]
    await identities.add(tx, tenant_id, book.attached, source="provider", now=now)
    await identities.verify(tx, book.verified)
    joins = [Link(fact.node, fact.root, fact.version) for fact in book.joined]
    await forest.link(tx, tenant_id, joins, strategy="proof", now=now)
    altered = [book.contacts[node] for node in sorted(book.altered)]
    await contacts.save(tx, tenant_id, altered)
    return learnt
