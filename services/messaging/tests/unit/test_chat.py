"""What is known of a chat: the same in whichever order it is told, and the difference told on."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.chat import State, When, type_of
from ventros_messaging.domain.chat_changes import (
    AdminChanged,
    Closed,
    DescriptionChanged,
    ParticipantAdded,
    ParticipantRemoved,
    SubjectChanged,
    changes,
)
from ventros_messaging.domain.chat_facts import (
    Archived,
    Entered,
    Fact,
    Labelled,
    Left,
    Member,
    Moved,
    Updated,
    apply,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
LID, PHONE, OTHER = (
    Address(kind="lid", value="1"),
    Address(kind="phone", value="2"),
    Address(kind="phone", value="3"),
)


def when(second: int, seq: int | None = None) -> When:
    return When(at=START + timedelta(seconds=second), ingress_seq=second if seq is None else seq)


def member(*addresses: Address, role: str | None = None, me: bool = False) -> Member:
    return Member(addresses=addresses, role=role, me=me)


members = st.builds(
    Member,
    addresses=st.sets(st.sampled_from([LID, PHONE, OTHER]), min_size=1, max_size=2).map(
        lambda some: tuple(sorted(some))
    ),
    role=st.sampled_from([None, "admin", "participant"]),
    me=st.booleans(),
)
groups = st.lists(members, max_size=2).map(tuple)
switches = st.none() | st.booleans()
texts = st.none() | st.sampled_from(["", "a", "b"])
facts = st.one_of(
    st.builds(Entered, subject=texts, description=texts, admins_only=switches, members=groups),
    st.just(Left()),
    st.builds(Updated, subject=texts, description=texts, admins_only=switches),
    st.builds(
        Moved, change=st.sampled_from(["join", "leave", "promote", "demote"]), members=groups
    ),
    st.builds(Archived, on=st.booleans()),
    st.builds(Labelled, label_id=st.sampled_from("xy"), on=st.booleans()),
)


def seen(state: State) -> object:
    """All that is shown of a chat; a participant's id is of the first telling."""
    people = {
        (each.addresses, state.has_admin(each)) for each in state.participants if state.has(each)
    }
    labels = {name for name, label in state.labels.items() if label.on}
    return (
        None if state.subject is None else state.subject.value,
        None if state.description is None else state.description.value,
        state.status,
        state.admins_only and state.admins_only.on,
        state.silenced,
        people,
        labels,
    )


@given(told=st.lists(facts, max_size=6), data=st.data())
def test_any_order_and_repetition_shows_the_same(told: list[Fact], data: st.DataObject) -> None:
    """Facts of one second are told apart by the order in which they came in."""
    dated = [(fact, when(number // 2, number)) for number, fact in enumerate(told)]
    again = data.draw(st.lists(st.sampled_from(dated), max_size=3)) if dated else []
    one = two = State()
    for fact, moment in dated:
        one = apply(one, fact, moment)
    for fact, moment in data.draw(st.permutations([*dated, *again])):
        two = apply(two, fact, moment)
    assert seen(one) == seen(two)
    for fact, moment in dated:
        assert apply(one, fact, moment) == one
        assert not list(changes(one, apply(one, fact, moment)))


def test_what_changes_is_told() -> None:
    entered = Entered(subject="Ipê", description="", members=(member(LID, role="admin"),))
    state = apply(State(), entered, when(1))
    assert [type(each) for each in changes(State(), state)] == [
        SubjectChanged,
        ParticipantAdded,
        AdminChanged,
    ]
    joined = apply(state, Moved(change="join", members=(member(OTHER),)), when(2))
    assert [type(each) for each in changes(state, joined)] == [ParticipantAdded]
    # Whoever is not among those whom the number meets when it comes in again has left.
    again = apply(joined, Entered(subject=None, description="x", members=(member(LID),)), when(4))
    assert [type(each) for each in changes(joined, again)] == [
        DescriptionChanged,
        AdminChanged,
        ParticipantRemoved,
    ]
    late = apply(again, Moved(change="join", members=(member(OTHER),)), when(3))
    assert not list(changes(again, late))
    left = apply(again, Left(), when(5))
    assert [type(each) for each in changes(again, left)] == [Closed]
    assert (again.status, left.status) == ("active", "closed")


def test_two_tellings_that_share_an_address_are_of_one_person() -> None:
    state = apply(State(), Moved(change="join", members=(member(LID),)), when(1))
    both = apply(state, Moved(change="promote", members=(member(LID, PHONE),)), when(2))
    [one] = both.participants
    assert one.id == state.participants[0].id
    assert one.addresses == (LID, PHONE)
    assert both.has_admin(one)
    gone = apply(both, Moved(change="leave", members=(member(PHONE),)), when(3))
    assert [type(each) for each in changes(both, gone)] == [ParticipantRemoved]


def test_the_number_is_silenced_in_a_group_of_admins_that_it_is_none_of() -> None:
    closed = Updated(subject=None, description=None, admins_only=True)
    entered = Entered(subject=None, description=None, members=(member(LID), member(OTHER)))
    unknown = apply(apply(State(), entered, when(1)), closed, when(2))
    assert not unknown.silenced, "which of them is the number was not told"
    known = apply(unknown, Moved(change="join", members=(member(LID, me=True),)), when(3))
    assert known.silenced
    admin = apply(known, Moved(change="promote", members=(member(LID),)), when(4))
    assert not admin.silenced
    demoted = apply(admin, Moved(change="demote", members=(member(LID),)), when(5))
    opened = Updated(subject=None, description=None, admins_only=False)
    assert demoted.silenced
    assert not apply(demoted, opened, when(6)).silenced


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("5511999990000@c.us", "individual"),
        ("71000000000041@lid", "individual"),
        ("120363000000000001@g.us", "group"),
        ("120363000000000002@newsletter", "channel"),
        ("", "individual"),
    ],
)
def test_the_kind_of_a_chat_is_in_its_address(address: str, expected: str) -> None:
    assert type_of(address) == expected


def test_a_state_comes_back_from_its_document() -> None:
    state = apply(State(), Labelled(label_id="1", on=True), when(1))
    state = apply(state, Entered(subject="a", description=None, members=(member(LID),)), when(2))
    assert msgspec.json.decode(msgspec.json.encode(state), type=State) == state
