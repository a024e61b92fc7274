"""What becomes of a message: the same in whichever order it is told, and told on once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_messaging.domain.additions import Address, Person, Reaction, Vote, tally
from ventros_messaging.domain.content import TextContent
from ventros_messaging.domain.fate import (
    Change,
    Edit,
    Fact,
    Fate,
    Reacted,
    Revocation,
    Revoked,
    Reworded,
    Rose,
    Voted,
    Wording,
    apply,
)
from ventros_messaging.domain.progress import Ack, Progress, Status, Step

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOME = UUID("01980000-0000-7000-8000-000000000001")


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def fate(*, from_me: bool = True, group: bool = False) -> Fate:
    return Fate(
        id=SOME,
        project_id=SOME,
        contact_id=None if group else SOME,
        from_me=from_me,
        version=1,
        wording=Wording(content=TextContent(text="Olá"), written_at=START, ingress_seq=1),
        progress=Progress(sent_at=START) if from_me else Progress(delivered_at=START),
    )


def told(start: Fate, facts: Sequence[Fact]) -> tuple[Fate, list[Change]]:
    changes: list[Change] = []
    for fact in facts:
        start, change = apply(start, fact)
        if change is not None:
            changes.append(change)
    return start, changes


moments = st.integers(-1, 4).map(at)
addresses = st.sets(
    st.sampled_from(
        [
            Address(kind="lid", value="1"),
            Address(kind="phone", value="2"),
            Address(kind="phone", value="3"),
        ]
    ),
    min_size=1,
    max_size=2,
).map(lambda some: tuple(sorted(some)))
people = st.just(Person(from_me=True)) | st.builds(
    Person, from_me=st.just(False), addresses=addresses, name=st.none() | st.sampled_from("ab")
)
acks = st.builds(
    Ack,
    step=st.sampled_from(["sent", "delivered", "read", "played", "failed"]),
    at=moments,
    reason=st.sampled_from(["a", "b"]),
    unknown=st.booleans(),
)
# The order of arrival is of one telling alone, so it tells edits apart.
edits = st.builds(
    lambda text, second, seq: Edit(
        content=TextContent(text=f"{text}{seq}"), at=at(second), ingress_seq=seq
    ),
    st.sampled_from("xy"),
    st.integers(-1, 3),
    st.integers(2, 6),
)
reactions = st.builds(Reaction, by=people, emoji=st.sampled_from(["", "👍", "🎉"]), at=moments)
votes = st.builds(
    Vote,
    by=people,
    options=st.lists(st.sampled_from("pq"), max_size=2, unique=True).map(tuple),
    readable=st.booleans(),
    at=moments,
)
revocations = st.builds(Revocation, by=people, at=moments)


def of_one_telling(facts: list[Fact]) -> list[Fact]:
    """Without a second edit that has the order of arrival of another."""
    seen: dict[int, Fact] = {}
    kept = []
    for fact in facts:
        if isinstance(fact, Edit) and seen.setdefault(fact.ingress_seq, fact) != fact:
            continue
        kept.append(fact)
    return kept


facts = st.lists(acks | reactions | edits | votes | revocations, max_size=8).map(of_one_telling)


@given(given_facts=facts, data=st.data(), from_me=st.booleans(), group=st.booleans())
def test_any_order_and_repetition_ends_the_same(
    given_facts: list[Fact], data: st.DataObject, from_me: bool, group: bool
) -> None:
    start = fate(from_me=from_me, group=group)
    again = data.draw(st.lists(st.sampled_from(given_facts), max_size=4)) if given_facts else []
    other = data.draw(st.permutations([*given_facts, *again]))
    one, _ = told(start, given_facts)
    two, changes = told(start, other)
    unversioned = [msgspec.structs.replace(each, version=1) for each in (one, two)]
    assert unversioned[0] == unversioned[1]
    once = [(type(change), change.step) for change in changes if isinstance(change, Rose)]
    assert len(once) == len(set(once)), "a step was told twice"
    assert sum(isinstance(change, Revoked) for change in changes) <= 1


@given(given_facts=st.lists(acks, max_size=8))
def test_a_status_never_goes_back(given_facts: list[Ack]) -> None:
    order = ["queued", "sent", "failed", "delivered", "read", "played"]
    now = fate()
    for ack in given_facts:
        before = now
        now, change = apply(now, ack)
        doubtful = before.progress.failure is not None and before.progress.failure.unknown
        if not doubtful:
            assert order.index(now.progress.status) >= order.index(before.progress.status)
        if isinstance(change, Rose):
            assert change.step == now.progress.status


@pytest.mark.parametrize(
    ("steps", "status", "said"),
    [
        (["delivered", "read", "played"], "played", ["delivered", "read", "played"]),
        (["read", "delivered"], "read", ["read"]),
        (["delivered", "delivered"], "delivered", ["delivered"]),
        (["sent"], "sent", []),
        (["failed"], "failed", ["failed"]),
        (["failed", "sent"], "failed", ["failed"]),
        (["failed", "delivered", "failed"], "delivered", ["failed", "delivered"]),
        (["delivered", "failed"], "delivered", ["delivered"]),
    ],
)
def test_steps_and_what_is_said_of_them(
    steps: list[Step], status: Status, said: list[Step]
) -> None:
    after, changes = told(fate(), [Ack(step=step, at=at(n)) for n, step in enumerate(steps, 1)])
    assert after.progress.status == status
    assert [change.step for change in changes if isinstance(change, Rose)] == said


def test_a_failure_that_nobody_is_sure_of_gives_way_to_sent() -> None:
    queued = msgspec.structs.replace(fate(), progress=Progress())
    doubt = Ack(step="failed", at=at(1), reason="no answer", unknown=True)
    for order in ([doubt, Ack(step="sent", at=at(2))], [Ack(step="sent", at=at(2)), doubt]):
        after, changes = told(queued, order)
        assert after.progress.status == "sent"
        assert [each.step for each in changes if isinstance(each, Rose)][-1] == "sent"


def test_of_what_a_contact_wrote_no_acknowledgement_is_told() -> None:
    after, changes = told(fate(from_me=False), [Ack(step="read", at=at(1))])
    assert (after.progress.status, changes) == ("read", [])


def test_an_older_edit_completes_the_history_and_says_nothing() -> None:
    new = Edit(content=TextContent(text="third"), at=at(9), ingress_seq=3)
    old = Edit(content=TextContent(text="second"), at=at(5), ingress_seq=2)
    after, changes = told(fate(), [new, old, new])
    assert [each.content for each in after.history] == [
        TextContent(text=text) for text in ("Olá", "second", "third")
    ]
    assert after.wording.content == TextContent(text="third")
    assert after.edited_at == at(9)
    [change] = changes
    assert isinstance(change, Reworded)
    assert change.wording.content == TextContent(text="third")
    assert after.version == 3


def test_a_person_has_one_reaction_and_the_latest_counts() -> None:
    contact = Person(from_me=False, addresses=(Address(kind="lid", value="1"),))
    same = Person(from_me=False, addresses=(Address(kind="phone", value="2"),))
    given_facts = [
        Reaction(by=contact, emoji="👍", at=at(1)),
        Reaction(by=Person(from_me=True), emoji="🎉", at=at(2)),
        Reaction(by=same, emoji="", at=at(3)),
        Reaction(by=contact, emoji="😮", at=at(2)),
    ]
    latest = [(True, "🎉"), (False, "")]
    after, changes = told(fate(), given_facts)
    assert [(each.by.from_me, each.emoji) for each in after.reactions] == latest
    assert [each.reaction.emoji for each in changes if isinstance(each, Reacted)] == [
        "👍",
        "🎉",
        "",
    ]
    # In a group nothing says that two addresses are one person, until something has both.
    apart, _ = told(fate(group=True), given_facts)
    assert len(apart.reactions) == 3
    both = Person(from_me=False, addresses=(*contact.addresses, *same.addresses))
    joined, _ = told(apart, [Reaction(by=both, emoji="😮", at=at(2))])
    assert [(each.by.from_me, each.emoji) for each in joined.reactions] == latest


def test_votes_are_counted_by_person() -> None:
    one, two, three = (
        Person(from_me=False, addresses=(Address(kind="lid", value=str(n)),)) for n in range(3)
    )
    given_facts: list[Any] = [
        Vote(by=one, options=("a", "b"), readable=True, at=at(1)),
        Vote(by=two, options=("b",), readable=True, at=at(1)),
        Vote(by=two, options=(), readable=True, at=at(2)),
        Vote(by=three, options=(), readable=False, at=at(2)),
    ]
    after, changes = told(fate(group=True), given_facts)
    counted = tally(["a", "b", "c"], after.votes)
    assert counted.options == [("a", 1), ("b", 1), ("c", 0)]
    assert (counted.voters, counted.unreadable) == (2, 1)
    assert len([each for each in changes if isinstance(each, Voted)]) == 4
