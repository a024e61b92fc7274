"""Find or make the contact of every message: the main path.

Nearly always everybody is known, and one statement finds them and notes the time. Whatever else
there is to do (a new person, a new address, a join) is done under locks on the identities.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_aliases import Link
from platform_postgres import Tx
from ventros_contacts.commands.known_people import known_people
from ventros_contacts.domain.book import Book, Known, Sighting
from ventros_contacts.domain.errors import NobodyThere
from ventros_contacts.domain.facts import Fact, Joined, Met, Renamed
from ventros_contacts.store import contacts, forest, identities
from ventros_contacts.store.forest import People
from ventros_contacts.store.recognise import Party, Recognised, recognise


class Recorded(msgspec.Struct, frozen=True):
    """What happened, in order; of each message's place the edges from its node to its root."""

    facts: list[Fact]
    trails: dict[int, list[Link]]


async def record_messages(
    tx: Tx, tenant_id: UUID, sightings: Sequence[Sighting], now: datetime
) -> Recorded:
    """Record messages of one tenant, in their order.

    Raises:
        NobodyThere: one of them has no identity; nothing is recorded.
        StaleRoots: contacts were joined meanwhile; begin the transaction again.
    """
    if not all(sighting.keys for sighting in sightings):
        raise NobodyThere
    parties, numbers = _parties(sightings)
    known = await recognise(tx, parties)
    if known is not None:
        return await _greet(tx, tenant_id, sightings, numbers, known, now)
    return await _introduce(tx, tenant_id, sightings, now)


def _parties(sightings: Sequence[Sighting]) -> tuple[list[Party], list[int]]:
    """The distinct parties, and of each message the number of its own."""
    numbers: dict[object, int] = {}
    parties: list[Party] = []
    of_message: list[int] = []
    for sighting in sightings:
        number = numbers.setdefault(sighting.keys, len(parties))
        at = sighting.at
        if number == len(parties):
            parties.append(Party(sighting.keys, at, at))
        else:
            party = parties[number]
            parties[number] = Party(party.keys, min(party.first_at, at), max(party.last_at, at))
        of_message.append(number)
    return parties, of_message


async def _greet(
    tx: Tx,
    tenant_id: UUID,
    sightings: Sequence[Sighting],
    numbers: Sequence[int],
    known: Recognised,
    now: datetime,
) -> Recorded:
    """Everybody is known, locked, and the times are written: only names can be left to do."""
    book = Book(Known(contacts=known.contacts, roots=known.roots), now)
    trails: dict[int, list[Link]] = {}
    for place, sighting in enumerate(sightings):
        node = known.nodes[numbers[place]]
        book.record(place, node, sighting)
        trails[place] = known.links[node]
    await _save(tx, tenant_id, book, book.altered)
    return Recorded(book.facts, trails)


async def _introduce(
    tx: Tx, tenant_id: UUID, sightings: Sequence[Sighting], now: datetime
) -> Recorded:
    """Somebody is new, or has a new address, or is two of our contacts."""
    keys = {key for sighting in sightings for key in sighting.keys}
    await identities.lock(tx, tenant_id, keys)
    owners = await identities.owners(tx, keys)
    people = await forest.lock_people(tx, {owner.contact_id for owner in owners.values()})
    parties = [sighting.keys for sighting in sightings]
    book = Book(await known_people(tx, parties, owners, people), now)
    for place, sighting in enumerate(sightings):
        book.meet(place, sighting)
    await contacts.insert(tx, tenant_id, [book.contacts[node] for node in book.created])
    await identities.add(tx, tenant_id, book.attached, source="provider", now=now)
    await identities.verify(tx, book.verified)
    joins = [Link(fact.node, fact.root, fact.version) for fact in book.joined]
    await forest.link(tx, tenant_id, joins, strategy="proof", now=now)
    await _save(tx, tenant_id, book, (book.altered | book.touched).difference(book.created))
    return Recorded(book.facts, _trails(book.facts, people))


async def _save(tx: Tx, tenant_id: UUID, book: Book, nodes: set[UUID]) -> None:
    renamed = {fact.contact.id for fact in book.facts if isinstance(fact, Renamed)}
    await contacts.save(
        tx,
        tenant_id,
        [book.contacts[node] for node in sorted(nodes)],
        findable=[book.contacts[node] for node in sorted(renamed & nodes)],
    )


def _trails(facts: Sequence[Fact], people: People) -> dict[int, list[Link]]:
    """The path of each message as it was when the message had its turn."""
    links = dict(people.links)
    trails: dict[int, list[Link]] = {}
    for fact in facts:
        if isinstance(fact, Joined):
            links[fact.node] = Link(fact.node, fact.root, fact.version)
        elif isinstance(fact, Met):
            node = fact.node.id
            trails[fact.place] = People(people.contacts, links).trail(node) if links else []
    return trails
