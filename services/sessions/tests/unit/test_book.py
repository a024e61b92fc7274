"""Which message goes into which session: the rules as tables, and what must always hold."""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ventros_sessions.domain import session as rules
from ventros_sessions.domain.book import Book
from ventros_sessions.domain.facts import Ended, Merged, Recorded, Reopened, Started
from ventros_sessions.domain.session import Message, Session, Timeout

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TENANT, PROJECT, CHANNEL, OTHER_CHANNEL, ANA, ANA_LID, BIA = (UUID(int=n) for n in range(1, 8))
TIMEOUT = Timeout(seconds=100, source="channel")
TIMEOUTS = {(CHANNEL, PROJECT): TIMEOUT, (OTHER_CHANNEL, PROJECT): TIMEOUT}
NOW = START + timedelta(days=1)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def message(
    received: float, node: UUID = ANA, *, root: UUID | None = None, channel: UUID = CHANNEL
) -> Message:
    return Message(
        contact_id=node,
        root_id=root or node,
        project_id=PROJECT,
        channel_id=channel,
        channel_type="waha",
        from_contact=True,
        occurred_at=at(received),
        received_at=at(received),
    )


def ids(first: int = 1000) -> Callable[[], UUID]:
    numbers = itertools.count(first)
    return lambda: UUID(int=next(numbers))


def active(number: int, *messages: Message) -> Session:
    one = rules.open_session(UUID(int=number), TENANT, messages[0], TIMEOUT)
    for told in messages:
        one = rules.record(one, told)
    return one


def book(*sessions: tuple[UUID, Session]) -> Book:
    return Book(TENANT, sessions, NOW, ids())


def names(made: Book) -> list[str]:
    return [type(fact).__name__ for fact in made.facts]


def test_a_first_message_opens_a_session() -> None:
    made = book()
    made.record_all([message(0)], TIMEOUTS)
    assert names(made) == ["Started", "Recorded"]
    (opened,) = made.opened()
    assert (opened.status, opened.total_messages, opened.timeout) == ("active", 1, TIMEOUT)
    assert opened.started_at == at(0)


def test_messages_by_the_deadline_go_into_the_same_session() -> None:
    one = active(10, message(0))
    made = book((ANA, one))
    assert made.needs_timeouts([message(100)]) == set()
    made.record_all([message(100)], {})
    assert names(made) == ["Recorded"]
    assert made.opened() == []
    assert [s.total_messages for s in made.changed()] == [2]


def test_a_message_after_the_deadline_ends_the_session_there_and_opens_another() -> None:
    made = book((ANA, active(10, message(0))))
    late = message(100.001)
    assert made.needs_timeouts([late]) == {(CHANNEL, PROJECT)}
    made.record_all([late], TIMEOUTS)
    assert names(made) == ["Ended", "Started", "Recorded"]
    (ended,) = made.changed()
    assert (ended.end_reason, ended.ended_at, ended.total_messages) == (
        "inactivity_timeout",
        at(100),
        1,
    )
    assert [s.total_messages for s in made.opened()] == [1]


def test_a_message_read_late_reopens_what_had_ended_after_it_came() -> None:
    ended = rules.end_by_inactivity(active(10, message(0)))
    made = book((ANA, ended))
    made.record_all([message(100)], TIMEOUTS)
    assert names(made) == ["Reopened", "Recorded"]
    (again,) = made.changed()
    assert again.active
    assert again.deadline == at(200)


def test_a_message_read_late_joins_a_newer_session_that_is_active() -> None:
    ended = rules.end_by_inactivity(active(10, message(0)))
    newer = active(11, message(150))
    made = book((ANA, ended), (ANA, newer))
    made.record_all([message(90)], {})
    assert names(made) == ["Recorded"]
    assert [s.id for s in made.changed()] == [newer.id]


def test_of_several_that_ended_after_it_came_the_latest_goes_on() -> None:
    first = rules.end_by_inactivity(active(10, message(0)))
    second = rules.end_by_inactivity(active(11, message(50)))
    made = book((ANA, first), (ANA, second))
    made.record_all([message(60)], TIMEOUTS)
    assert [s.id for s in made.changed()] == [second.id]


def test_what_someone_closed_stays_closed() -> None:
    made = book()  # such a session is not even loaded
    made.record_all([message(60)], TIMEOUTS)
    assert names(made) == ["Started", "Recorded"]


def test_two_channels_are_two_sessions() -> None:
    made = book()
    made.record_all([message(0), message(1, channel=OTHER_CHANNEL)], TIMEOUTS)
    assert {s.channel_id for s in made.opened()} == {CHANNEL, OTHER_CHANNEL}


def test_of_two_active_sessions_of_one_person_the_older_survives() -> None:
    older, younger = active(10, message(0), message(40)), active(11, message(30, ANA_LID))
    made = book((ANA, older), (ANA, younger))
    made.record_all([message(50, ANA_LID, root=ANA)], {})
    assert names(made) == ["Merged", "Ended", "Recorded"]
    merged, ended, recorded = made.facts
    assert isinstance(merged, Merged)
    assert (merged.session.id, merged.other) == (older.id, younger.id)
    assert isinstance(ended, Ended)
    assert (ended.session.end_reason, ended.session.merged_into) == ("merged", older.id)
    assert isinstance(recorded, Recorded)
    assert (recorded.session.id, recorded.session.total_messages) == (older.id, 4)


def test_an_older_session_that_was_over_before_the_other_began_is_not_merged() -> None:
    made = book((ANA, active(10, message(0))), (ANA, active(11, message(150, ANA_LID))))
    made.join()
    assert names(made) == ["Ended"]
    (ended,) = made.changed()
    assert (ended.end_reason, ended.ended_at) == ("inactivity_timeout", at(100))


def test_three_sessions_become_one() -> None:
    made = book(*((ANA, active(10 + n, message(n))) for n in range(3)))
    made.join()
    survivors = [s for s in made.changed() if s.active]
    assert [(s.id, s.total_messages) for s in survivors] == [(UUID(int=10), 3)]


def test_versions_rise_by_one_with_every_fact() -> None:
    made = book((ANA, active(10, message(0))))
    made.record_all([message(50), message(300), message(310)], TIMEOUTS)
    seen: dict[UUID, list[int]] = {}
    for fact in made.facts:
        seen.setdefault(fact.session.id, []).append(fact.session.version)
    assert list(seen.values()) == [[3, 4], [1, 2, 3]]


Bundles = st.lists(
    st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=600),
            st.sampled_from([ANA, ANA_LID, BIA]),
            st.sampled_from([CHANNEL, OTHER_CHANNEL]),
        ),
        min_size=1,
        max_size=8,
    ),
    min_size=1,
    max_size=8,
)


class World:
    """Sessions as a database would keep them between bundles."""

    def __init__(self) -> None:
        self.sessions: dict[UUID, Session] = {}
        self.facts: list[object] = []
        self._ids = ids()

    def handle(self, bundle: Sequence[Message], roots: dict[UUID, UUID]) -> None:
        since = min(one.received_at for one in bundle)
        loaded = [
            (roots[s.contact_id], s)
            for s in self.sessions.values()
            if s.active
            or (s.end_reason == "inactivity_timeout" and s.ended_at and s.ended_at >= since)
        ]
        made = Book(TENANT, loaded, NOW, self._ids)
        needed = made.needs_timeouts(bundle)
        made.record_all(bundle, dict.fromkeys(needed, TIMEOUT))
        for one in [*made.changed(), *made.opened()]:
            self.sessions[one.id] = one
        self.facts += made.facts

    def expire(self, now: datetime) -> None:
        for one in list(self.sessions.values()):
            if one.active and one.deadline < now:
                self.sessions[one.id] = rules.end_by_inactivity(one)


@given(bundles=Bundles, merge_after=st.integers(0, 8), clock=st.lists(st.integers(0, 900)))
def test_whatever_comes_in_whatever_order(
    bundles: list[list[tuple[int, UUID, UUID]]], merge_after: int, clock: list[int]
) -> None:
    """Every message is in exactly one session, one is active per person and channel, and no
    message was received after the deadline that its session had without it."""
    world = World()
    told = 0
    for number, bundle in enumerate(bundles):
        roots = {ANA: ANA, ANA_LID: ANA if number >= merge_after else ANA_LID, BIA: BIA}
        messages = [
            message(received, node, root=roots[node], channel=channel)
            for received, node, channel in bundle
        ]
        world.handle(messages, roots)
        told += len(messages)
        touched = {(one.root_id, one.channel_id) for one in messages}
        counts = Counter(
            (roots[s.contact_id], s.channel_id) for s in world.sessions.values() if s.active
        )
        assert all(counts[conversation] == 1 for conversation in touched)
        if number < len(clock):
            world.expire(at(clock[number]))
    kept = sum(s.total_messages for s in world.sessions.values() if s.merged_into is None)
    assert kept == told
    assert sum(isinstance(fact, Recorded) for fact in world.facts) == told
    for one in world.sessions.values():
        assert (one.ended_at is None) == one.active
        if one.end_reason == "inactivity_timeout":
            assert one.ended_at == one.deadline


@given(gaps=st.lists(st.integers(0, 250), min_size=1, max_size=30))
def test_in_order_a_session_ends_exactly_where_a_gap_is_longer_than_the_timeout(
    gaps: list[int],
) -> None:
    moments = list(itertools.accumulate(gaps))
    made = book()
    made.record_all([message(moment) for moment in moments], TIMEOUTS)
    expected = 1 + sum(gap > TIMEOUT.seconds for gap in gaps[1:])
    assert sum(isinstance(fact, Started) for fact in made.facts) == expected
    assert sum(isinstance(fact, Ended) for fact in made.facts) == expected - 1
    assert not any(isinstance(fact, Reopened) for fact in made.facts)
