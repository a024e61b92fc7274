"""Which messages are one group."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_core.ids import new_id
from ventros_messaging.domain.message_group import (
    LONGEST,
    MOST_MESSAGES,
    PROCESSED_WITHIN,
    Change,
    Closed,
    Conversation,
    Created,
    Group,
    Incoming,
    Joined,
    close,
    complete,
    expire,
    gather,
    last_of,
)

PAUSE = timedelta(seconds=15)
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ANA = Conversation(new_id(), new_id(), new_id())
BRUNO = Conversation(new_id(), new_id(), new_id())
PROJECT = new_id()


def said(second: float, conversation: Conversation = ANA) -> Incoming:
    """A message so many seconds after the start."""
    return Incoming(
        id=new_id(),
        project_id=PROJECT,
        conversation=conversation,
        received_at=START + timedelta(seconds=second),
        pause=PAUSE,
    )


def sizes(changes: list[Change]) -> list[int]:
    """How many messages each group has in the end."""
    return [len(group.message_ids) for group in last_of(changes).values()]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([0], [1]),
        ([0, 15], [2]),
        ([0, 15.001], [1, 1]),
        ([0, 14, 28, 42], [4]),
        ([0, 10, 30, 40], [2, 2]),
        ([40, 0, 30, 10], [2, 2]),
        ([0.0 + 15 * n for n in range(22)], [21, 1]),
        ([0.1 * n for n in range(MOST_MESSAGES + 1)], [MOST_MESSAGES, 1]),
    ],
)
def test_a_pause_a_length_and_a_number_end_a_group(
    seconds: list[float], expected: list[int]
) -> None:
    changes = gather([], [said(second) for second in seconds], START)
    assert sizes(changes) == expected


def test_conversations_do_not_mix() -> None:
    messages = [said(0), said(1, BRUNO), said(2)]
    changes = gather([], messages, START)
    assert sizes(changes) == [2, 1]


def test_a_message_joins_a_group_of_before_and_the_wait_begins_anew() -> None:
    (group,) = last_of(gather([], [said(0)], START)).values()
    later = START + timedelta(seconds=9)
    (change,) = gather([group], [said(8)], later)
    assert isinstance(change.step, Joined)
    assert change.group.expires_at == later + PAUSE
    assert change.group.started_at == START


def test_the_same_message_joins_once() -> None:
    message = said(0)
    (group,) = last_of(gather([], [message], START)).values()
    assert gather([group], [message], START) == []


def test_a_group_ends_one_way() -> None:
    (group,) = last_of(gather([], [said(0)], START)).values()
    closed = close(group, START).group
    assert (closed.status, closed.expires_at) == ("processing", START + PROCESSED_WITHIN)
    assert complete(closed, START).group.completed_at == START
    assert expire(closed).group.status == "expired"
    assert [group.version, closed.version, expire(closed).group.version] == [2, 3, 4]


@given(
    told=st.lists(
        st.tuples(st.floats(0, 900), st.sampled_from([ANA, BRUNO])), min_size=1, max_size=150
    )
)
def test_every_message_is_in_one_group_within_its_bounds(
    told: list[tuple[float, Conversation]],
) -> None:
    messages = [said(second, conversation) for second, conversation in told]
    changes = gather([], messages, START)
    groups = last_of(changes)
    assert sorted(i for g in groups.values() for i in g.message_ids) == sorted(
        message.id for message in messages
    )
    received = {message.id: message.received_at for message in messages}
    for group in groups.values():
        moments = [received[message_id] for message_id in group.message_ids]
        assert len(moments) <= MOST_MESSAGES
        assert moments[-1] - moments[0] <= LONGEST
        assert all(b - a <= PAUSE for a, b in itertools.pairwise(moments))
    _check_steps(changes, groups)


def _check_steps(changes: list[Change], groups: dict[UUID, Group]) -> None:
    for group_id, group in groups.items():
        steps = [change for change in changes if change.group.id == group_id]
        assert [change.group.version for change in steps] == list(range(1, len(steps) + 1))
        assert isinstance(steps[0].step, Created)
        assert (group.status == "pending") != any(isinstance(c.step, Closed) for c in steps)
    pending = [group.conversation for group in groups.values() if group.status == "pending"]
    assert len(pending) == len(set(pending))
