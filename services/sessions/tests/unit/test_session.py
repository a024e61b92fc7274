from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from platform_core.ids import new_id
from ventros_sessions.domain import session as rules
from ventros_sessions.domain.errors import SessionNotActive
from ventros_sessions.domain.session import Message, Session, Timeout
from ventros_sessions.domain.timeouts import change, resolve

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HALF_HOUR = Timeout(seconds=1800, source="default")
TENANT, PROJECT, CONTACT, CHANNEL = (UUID(int=n) for n in range(1, 5))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def message(
    received: float, *, occurred: float | None = None, from_contact: bool = True
) -> Message:
    return Message(
        contact_id=CONTACT,
        root_id=CONTACT,
        project_id=PROJECT,
        channel_id=CHANNEL,
        channel_type="waha",
        from_contact=from_contact,
        occurred_at=at(received if occurred is None else occurred),
        received_at=at(received),
    )


def session(*messages: Message) -> Session:
    opened = rules.open_session(new_id(), TENANT, messages[0], HALF_HOUR)
    for one in messages:
        opened = rules.record(opened, one)
    return opened


def test_the_deadline_is_the_last_activity_and_the_timeout() -> None:
    assert session(message(0), message(60)).deadline == at(60 + 1800)


def test_a_message_that_was_received_earlier_does_not_move_the_deadline_back() -> None:
    assert session(message(60), message(10)).deadline == at(60 + 1800)


def test_messages_are_counted_by_direction() -> None:
    one = session(message(0), message(1, from_contact=False), message(2))
    assert (one.inbound_messages, one.outbound_messages, one.total_messages) == (2, 1, 3)
    assert one.version == 4


@pytest.mark.parametrize(
    ("story", "seconds"),
    [
        ([("in", 0), ("out", 45)], 45.0),
        ([("in", 0), ("in", 10), ("out", 45), ("out", 50)], 45.0),
        # the company wrote first: its first message answers nothing
        ([("out", 0), ("in", 10), ("out", 70)], 60.0),
        ([("out", 0), ("in", 10)], None),
        ([("in", 0)], None),
        ([("out", 0)], None),
        # in the same second, as WAHA's clock has it
        ([("in", 0), ("out", 0)], 0.0),
        # read in another order than written
        ([("in", 10), ("out", 45), ("in", 5), ("out", 40)], 35.0),
        ([("out", 45), ("in", 10)], 35.0),
        ([("in", 30), ("out", 45), ("out", 20), ("in", 10)], 10.0),
    ],
)
def test_the_first_response(story: list[tuple[str, float]], seconds: float | None) -> None:
    one = session(*(message(moment, from_contact=way == "in") for way, moment in story))
    assert one.first_response_seconds == seconds


moments = st.integers(0, 90)


@given(st.lists(st.tuples(st.booleans(), moments, st.integers(0, 5)), min_size=1, max_size=12))
def test_an_answer_takes_no_longer_than_its_session(told: list[tuple[bool, int, int]]) -> None:
    """The provider's whole seconds and ingress' delays are never in one difference."""
    one = session(
        *(
            message(second + 0.4 + delay, occurred=second, from_contact=from_contact)
            for from_contact, second, delay in told
        )
    )
    seconds = [second for _, second, _ in told]
    assert one.duration_seconds == max(seconds) - min(seconds)
    if one.first_response_seconds is not None:
        assert 0 <= one.first_response_seconds <= one.duration_seconds


def test_first_and_last_message_are_in_the_providers_time() -> None:
    one = session(message(100, occurred=7), message(101, occurred=3), message(102, occurred=5))
    assert (one.first_message_at, one.last_message_at) == (at(3), at(7))


def test_an_end_by_inactivity_is_at_the_deadline() -> None:
    ended = rules.end_by_inactivity(session(message(0), message(60)))
    assert (ended.status, ended.end_reason) == ("ended", "inactivity_timeout")
    assert ended.ended_at == at(60 + 1800)
    assert ended.duration_seconds == 60


def test_a_close_is_at_its_moment_and_only_once() -> None:
    ended = rules.close(session(message(0)), "agent_close", at(5))
    assert (ended.ended_at, ended.end_reason) == (at(5), "agent_close")
    with pytest.raises(SessionNotActive):
        rules.close(ended, "agent_close", at(6))


def test_reopening_takes_the_end_back_and_the_version_on() -> None:
    ended = rules.end_by_inactivity(session(message(0)))
    again = rules.reopen(ended)
    assert again.active
    assert (again.ended_at, again.end_reason) == (None, None)
    assert again.version == ended.version + 1


def test_absorbing_adds_the_counters_once_and_keeps_the_others_totals() -> None:
    older = session(message(0), message(50, from_contact=False))
    younger = session(message(20), message(30, from_contact=False), message(90))
    survivor, merged = rules.absorb(older, younger, at(100))
    assert (survivor.inbound_messages, survivor.outbound_messages) == (3, 2)
    assert survivor.first_response_seconds == 30
    assert survivor.last_activity_at == at(90)
    assert survivor.version == older.version + 1
    assert (merged.end_reason, merged.merged_into, merged.ended_at) == (
        "merged",
        older.id,
        at(100),
    )
    assert merged.total_messages == 3


@pytest.mark.parametrize(
    ("channel", "project", "expected"),
    [
        (None, None, Timeout(seconds=1800, source="default")),
        (None, 5.0, Timeout(seconds=300, source="project")),
        (0.05, 5.0, Timeout(seconds=3, source="channel")),
        (10.0, None, Timeout(seconds=600, source="channel")),
    ],
)
def test_the_timeout_of_channel_then_project_then_default(
    channel: float | None, project: float | None, expected: Timeout
) -> None:
    assert resolve(channel, project) == expected


def test_a_changed_timeout_moves_the_deadline_and_is_told() -> None:
    one = session(message(0))
    made = change(one, Timeout(seconds=60, source="channel"))
    assert made is not None
    changed, fact = made
    assert changed.deadline == at(60)
    assert changed.version == one.version + 1
    assert fact is not None
    assert fact.session == changed


def test_the_same_number_from_another_source_is_not_told() -> None:
    one = session(message(0))
    same = Timeout(seconds=1800, source="project")
    assert change(one, same) == (replace(one, timeout=same), None)
    assert change(one, one.timeout) is None
