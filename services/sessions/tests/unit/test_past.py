"""Which session a message of the past goes into: the rules, and that no order changes them."""

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_sessions.domain import session as rules
from ventros_sessions.domain.facts import Merged, Recorded
from ventros_sessions.domain.past import Past
from ventros_sessions.domain.session import Message, Session, Timeout

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TENANT, PROJECT, CHANNEL, ANA = (UUID(int=n) for n in range(1, 5))
SECONDS = 100
TIMEOUT = Timeout(seconds=SECONDS, source="channel")
TIMEOUTS = {(CHANNEL, PROJECT): TIMEOUT}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def message(said: float, *, mine: bool = False, historic: bool = True) -> Message:
    return Message(
        contact_id=ANA,
        root_id=ANA,
        project_id=PROJECT,
        channel_id=CHANNEL,
        channel_type="waha",
        from_contact=not mine,
        occurred_at=at(said),
        received_at=at(1_000_000) if historic else at(said),
        historic=historic,
    )


def live(number: int, *said: float) -> Session:
    told = [message(one, historic=False) for one in said]
    session = rules.open_session(UUID(int=number), TENANT, told[0], TIMEOUT)
    for one in told:
        session = rules.record(session, one)
    return session


class Imports:
    """Bundle after bundle, as the database would keep what comes of them."""

    def __init__(self, *sessions: Session) -> None:
        self.sessions = {session.id: session for session in sessions}
        numbers = itertools.count(1000)
        self._new_id: Callable[[], UUID] = lambda: UUID(int=next(numbers))

    def take(self, *messages: Message) -> Past:
        standing = [(ANA, one) for one in self.sessions.values() if one.merged_into is None]
        past = Past(TENANT, standing, self._new_id)
        past.record_all(messages, TIMEOUTS)
        for session in (*past.opened(), *past.changed()):
            self.sessions[session.id] = session
        return past

    @property
    def standing(self) -> list[Session]:
        found = [one for one in self.sessions.values() if one.merged_into is None]
        return sorted(found, key=lambda one: (one.first_message_at or one.started_at, one.id))

    def spans(self) -> list[tuple[datetime | None, datetime | None, int, int, bool]]:
        return [
            (s.first_message_at, s.last_message_at, s.inbound_messages, s.outbound_messages,
             s.historic)
            for s in self.standing
        ]  # fmt: skip


def expected(
    told: Sequence[tuple[int, bool]], span: tuple[int, int] | None
) -> list[tuple[datetime, datetime, int, int, bool]]:
    """What stands apart by more than the timeout is apart, whoever was told first."""
    spans = [(said, said, int(not mine), int(mine), True) for said, mine in told]
    if span is not None:
        spans.append((*span, 2, 0, False))
    parts: list[tuple[int, int, int, int, bool]] = []
    for first, last, inbound, outbound, past in sorted(spans):
        if parts and first - parts[-1][1] <= SECONDS:
            a, b, c, d, e = parts[-1]
            parts[-1] = (a, max(b, last), c + inbound, d + outbound, e and past)
        else:
            parts.append((first, last, inbound, outbound, past))
    return [(at(a), at(b), c, d, e) for a, b, c, d, e in parts]


@given(
    told=st.lists(st.tuples(st.integers(0, 2000), st.booleans()), max_size=25),
    span=st.none() | st.tuples(st.integers(0, 2000), st.integers(0, 100)),
    data=st.data(),
)
def test_any_order_and_any_pages_give_the_same_sessions(
    told: list[tuple[int, bool]], span: tuple[int, int] | None, data: st.DataObject
) -> None:
    lived = None if span is None else (span[0], span[0] + span[1])
    imports = Imports(*([] if lived is None else [live(1, *lived)]))
    left = list(data.draw(st.permutations(told)))
    while left:
        size = data.draw(st.integers(1, len(left)))
        imports.take(*(message(said, mine=mine) for said, mine in left[:size]))
        del left[:size]
    assert imports.spans() == expected(told, lived)
    for session in imports.standing:
        assert session.active is not session.historic
        if session.historic:
            assert (session.started_at, session.last_activity_at) == (
                session.first_message_at, session.last_message_at,
            )  # fmt: skip
            assert session.ended_at == session.deadline


def test_a_live_session_takes_what_lies_in_it_and_keeps_its_clock() -> None:
    before = live(1, 500, 550)
    imports = Imports(before)
    imports.take(message(520), message(440), message(630, mine=True))
    (after,) = imports.standing
    assert (after.inbound_messages, after.outbound_messages) == (4, 1)
    assert (after.first_message_at, after.last_message_at) == (at(440), at(630))
    assert (after.started_at, after.deadline) == (before.started_at, before.deadline)
    assert (after.first_contact_message_at, after.first_agent_response_at) == (
        before.first_contact_message_at, None,
    )  # fmt: skip


def test_what_lies_between_two_of_the_past_joins_them() -> None:
    imports = Imports()
    imports.take(message(0))
    imports.take(message(150))
    past = imports.take(message(90))
    older, younger = sorted(imports.sessions.values(), key=lambda one: one.id)
    assert (younger.merged_into, younger.end_reason) == (older.id, "merged")
    assert [type(fact) for fact in past.facts] == [Merged, Recorded]
    assert older.total_messages == 3
    assert [fact.session.id for fact in past.imported()] == [older.id]


def test_what_the_past_made_goes_into_what_was_live() -> None:
    imports = Imports(live(1, 200))
    imports.take(message(0))
    imports.take(message(100))
    (only,) = imports.standing
    assert (only.id, only.historic, only.total_messages) == (UUID(int=1), False, 3)


def test_two_live_sessions_stay_two() -> None:
    one, other = rules.end_by_inactivity(live(1, 0)), live(2, 190)
    imports = Imports(one, other)
    imports.take(message(95))
    assert [session.total_messages for session in imports.standing] == [2, 1]


@pytest.mark.parametrize(("said", "joined"), [(30, True), (60, False)])
def test_what_somebody_closed_takes_nothing_from_after_that(said: int, joined: bool) -> None:
    closed = rules.close(live(1, 0, 20), "manual_close", at(40))
    imports = Imports(closed)
    imports.take(message(said))
    assert (len(imports.standing) == 1) is joined


def test_a_session_that_goes_on_is_of_the_past_no_more() -> None:
    imports = Imports()
    imports.take(message(0))
    (past,) = imports.standing
    again = rules.reopen(past)
    assert (again.active, again.historic) == (True, False)
