"""The address book against a simple model: whatever is told, people are what was proven."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ventros_contacts.domain.book import Book, Known, Sighting, may_join
from ventros_contacts.domain.contact import Contact, person_of
from ventros_contacts.domain.facts import Created, Joined, Met
from ventros_contacts.domain.identity import IdentityKey

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PROJECT = UUID(int=1)
IMPORT = UUID(int=3)
KEYS = [IdentityKey(PROJECT, "lid", f"{number}@lid") for number in range(6)]

parties = st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True)


def sighting(
    *keys: IdentityKey, name: str | None = None, minute: int = 0, import_id: UUID | None = None
) -> Sighting:
    return Sighting(
        import_id=import_id,
        keys=keys,
        push_name=name,
        at=NOW + timedelta(minutes=minute),
        channel_id=UUID(int=2),
    )


def contact(number: int, **fields: object) -> Contact:
    moment = NOW - timedelta(days=9 - number)
    made = {"created_at": moment, "updated_at": moment, **fields}
    return Contact(id=UUID(int=number), project_id=PROJECT, **made)  # type: ignore[arg-type]


def components(told: list[list[IdentityKey]]) -> list[set[IdentityKey]]:
    """Identities that were told together, directly or through others."""
    found: list[set[IdentityKey]] = []
    for party in told:
        touching = [each for each in found if each & set(party)]
        found = [each for each in found if each not in touching]
        found.append(set(party).union(*touching))
    return found


@given(st.lists(parties, max_size=25))
def test_people_are_what_messages_proved(told: list[list[IdentityKey]]) -> None:
    book = Book(Known(contacts={}), NOW)
    for place, party in enumerate(told):
        book.meet(place, sighting(*party))
    met = [fact for fact in book.facts if isinstance(fact, Met)]
    assert [fact.place for fact in met] == list(range(len(told)))
    people = {book.root_of(node) for node in book.contacts}
    assert len(people) == len(components(told))
    # Each contact but the roots was joined once, to an older one.
    assert len(book.joined) == len(book.created) - len(people)
    for join in book.joined:
        assert book.contacts[join.root].age < book.contacts[join.node].age
    # A person is met for the first time as often as there are contacts that nobody had met.
    assert sum(fact.first for fact in met) == len(book.created)
    # Events of one contact have rising versions.
    versions: dict[UUID, int] = {}
    for fact in book.facts:
        if isinstance(fact, Met | Joined):
            continue
        assert fact.contact.version > versions.get(fact.contact.id, 0)
        versions[fact.contact.id] = fact.contact.version


@given(st.lists(parties, max_size=12), st.lists(st.integers(1, 3), max_size=6))
def test_no_join_is_missed_by_the_quick_look(
    told: list[list[IdentityKey]], owners: list[int]
) -> None:
    """`may_join` is what decides whether refusals are read: it may not say no before a join."""
    known = {key: UUID(int=number) for key, number in zip(KEYS, owners, strict=False)}
    sightings = [sighting(*party) for party in told]
    book = Book(Known(contacts={UUID(int=n): contact(n) for n in (1, 2, 3)}, owners=known), NOW)
    for place, each in enumerate(sightings):
        book.meet(place, each)
    stored = [join for join in book.joined if join.node.int < 10 and join.root.int < 10]
    parties = [sighting.keys for sighting in sightings]
    assert may_join(parties, known) >= bool(stored)


def test_a_refused_pair_stays_apart_and_the_message_goes_to_its_chat() -> None:
    one, other = contact(1), contact(2)
    known = Known(
        contacts={one.id: one, other.id: other},
        owners={KEYS[0]: one.id, KEYS[1]: other.id},
        refusals=frozenset({frozenset({one.id, other.id})}),
    )
    book = Book(known, NOW)
    book.meet(0, sighting(KEYS[1], KEYS[0], KEYS[2]))
    (met,) = book.facts
    assert isinstance(met, Met)
    assert met.node.id == met.root == other.id
    assert book.attached == {KEYS[2]: other.id}


def test_a_refusal_holds_for_whole_people() -> None:
    nodes = {number: contact(number) for number in (1, 2, 3, 4)}
    known = Known(
        contacts={node.id: node for node in nodes.values()},
        owners={KEYS[0]: nodes[2].id, KEYS[1]: nodes[4].id},
        roots={nodes[2].id: nodes[1].id, nodes[4].id: nodes[3].id},
        trees={
            nodes[1].id: frozenset({nodes[1].id, nodes[2].id}),
            nodes[3].id: frozenset({nodes[3].id, nodes[4].id}),
        },
        refusals=frozenset({frozenset({nodes[1].id, nodes[4].id})}),
    )
    book = Book(known, NOW)
    book.meet(0, sighting(KEYS[0], KEYS[1]))
    assert book.joined == []


def test_an_edge_that_was_undone_gets_a_higher_version() -> None:
    one, other = contact(1), contact(2)
    known = Known(
        contacts={one.id: one, other.id: other},
        owners={KEYS[0]: one.id, KEYS[1]: other.id},
        alias_versions={other.id: 4},
    )
    book = Book(known, NOW)
    book.meet(0, sighting(KEYS[0], KEYS[1]))
    (join,) = book.joined
    assert (join.node, join.root, join.version) == (other.id, one.id, 5)


def test_created_contacts_tell_their_first_name() -> None:
    book = Book(Known(contacts={}), NOW)
    book.meet(0, sighting(KEYS[0], name="Ana"))
    book.meet(1, sighting(KEYS[0], name="Ana Maria"))
    created = book.facts[0]
    assert isinstance(created, Created)
    assert created.contact.name == "Ana"
    assert book.contacts[created.contact.id].name == "Ana Maria"


def test_a_person_shows_what_any_of_its_contacts_knows() -> None:
    root = contact(1, name="hidden", name_source="push", tags=["a"], first_interaction_at=NOW)
    older = contact(2, phone="+551132109876", tags=["b", "a"], language="pt-BR")
    newer = contact(
        3,
        name="Ana",
        name_source="person",
        phone="+5511987654321",
        first_interaction_at=NOW - timedelta(days=1),
        last_interaction_at=NOW,
    )
    person = person_of(root, [newer, older])
    shown = person.contact
    assert person.node_ids == [root.id, older.id, newer.id]
    assert (shown.id, shown.version) == (root.id, root.version)
    assert (shown.name, shown.name_source) == ("Ana", "person")
    assert shown.phone == "+551132109876"
    assert shown.language == "pt-BR"
    assert shown.tags == ["a", "b"]
    assert shown.first_interaction_at == NOW - timedelta(days=1)
    assert shown.last_interaction_at == NOW
    assert person_of(root, []).contact is root


@given(st.permutations(range(6)), st.integers(0, 6))
def test_the_past_leaves_the_latest_name_in_any_order(order: list[int], live: int) -> None:
    """Pages come in any order, and a live message anywhere between them has the last word."""
    book = Book(Known(contacts={}), NOW)
    for place, minute in enumerate(order):
        if place == live:
            book.meet(place, sighting(KEYS[0], name="live", minute=10))
        book.meet(place, sighting(KEYS[0], name=f"at {minute}", minute=minute, import_id=IMPORT))
    (person,) = book.contacts.values()
    assert person.name == ("at 5" if live == 6 else "live")


def test_the_past_restores_nobody_and_goes_to_who_is_there() -> None:
    gone, there = contact(1, deleted_at=NOW), contact(2)
    known = Known(
        contacts={gone.id: gone, there.id: there},
        owners={KEYS[0]: gone.id, KEYS[1]: there.id},
    )
    book = Book(known, NOW)
    book.meet(0, sighting(KEYS[0], import_id=IMPORT))
    book.meet(1, sighting(KEYS[0], KEYS[1], import_id=IMPORT))
    assert [fact.root for fact in book.facts if isinstance(fact, Met)] == [gone.id, there.id]
    assert len(book.facts) == 2
    book.meet(2, sighting(KEYS[0], KEYS[1]))
    assert book.joined
    assert all(each.deleted_at is None for each in book.contacts.values())
