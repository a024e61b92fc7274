"""Waiting times: the same whatever the order in which messages are heard."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_sessions.domain.waits import REMEMBERED, Waits, first_answer, heard, joined

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
Story = list[tuple[int, bool]]
"""Seconds and whether the customer said it."""

stories = st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=30)


def told(story: Story) -> Waits:
    waits = Waits()
    for second, inbound in story:
        waits = heard(waits, START + timedelta(seconds=second), inbound=inbound)
    return waits


def plainly(story: Story) -> tuple[list[int], int | None]:
    """The waits of a story in its order, and since when somebody waits."""
    waits, since = [], None
    for second, inbound in sorted(story, key=lambda said: (said[0], not said[1])):
        if inbound:
            since = second if since is None else since
        elif since is not None:
            waits.append(second - since)
            since = None
    return waits, since


def figures(waits: Waits) -> tuple[int, float, float, datetime | None]:
    now = waits.now
    return now.answers, now.total_seconds, now.longest_seconds, now.waiting_since


def expected(story: Story) -> tuple[int, float, float, datetime | None]:
    waits, since = plainly(story)
    moment = None if since is None else START + timedelta(seconds=since)
    return len(waits), float(sum(waits)), float(max(waits, default=0)), moment


@pytest.mark.parametrize(
    ("story", "waits", "since"),
    [
        ([], [], None),
        ([(0, True)], [], 0),
        ([(0, False)], [], None),
        ([(0, True), (10, True), (45, False), (50, False)], [45], None),
        ([(0, True), (45, False), (60, True), (90, True)], [45], 60),
        ([(0, True), (45, False), (60, True), (70, False)], [45, 10], None),
        # an answer that was heard late had been given to the first of two questions
        ([(0, True), (30, True), (20, False)], [20], 30),
        # within a second, somebody asks before they are answered
        ([(7, False), (7, True)], [0], None),
    ],
)
def test_waits_of_a_story(story: Story, waits: list[int], since: int | None) -> None:
    assert plainly(story) == (waits, since)
    assert figures(told(story)) == expected(story)


@given(stories)
def test_in_order_nothing_is_forgotten(story: Story) -> None:
    story.sort(key=lambda said: (said[0], not said[1]))
    assert figures(told(story)) == expected(story)
    assert len(told(story).recent) <= REMEMBERED


@given(stories.flatmap(lambda story: st.permutations(story[:REMEMBERED])))
def test_the_order_of_hearing_changes_nothing(story: Story) -> None:
    assert figures(told(story)) == expected(story)


@given(stories, st.randoms(use_true_random=False))
def test_what_comes_a_few_places_late_finds_its_place(story: Story, random: object) -> None:
    """Each is heard after at most half of what is remembered of later ones."""
    story.sort(key=lambda said: (said[0], not said[1]))
    late = [(place + random.uniform(0, REMEMBERED / 2), said) for place, said in enumerate(story)]  # type: ignore[attr-defined]
    late.sort(key=lambda one: one[0])
    assert figures(told([said for _, said in late])) == expected(story)


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=40), st.integers(0, 5))
def test_what_comes_far_too_late_changes_no_wait(story: Story, second: int) -> None:
    waits = told([(said + 100, inbound) for said, inbound in story])
    assert heard(waits, START + timedelta(seconds=second), inbound=True) == waits


@given(stories.map(lambda story: story[: REMEMBERED // 2]), stories)
def test_two_sessions_that_join_keep_every_answer(one: Story, other: Story) -> None:
    short = other[: REMEMBERED // 2]
    assert figures(joined(told(one), told(short))) == expected(one + short)
    long = joined(told(one), told(other))
    assert len(long.recent) <= REMEMBERED
    assert long == joined(told(other), told(one))


def test_the_first_answer_is_at_or_after_the_question() -> None:
    waits = told([(5, False), (10, True), (30, False), (40, False)])
    assert first_answer(waits, START + timedelta(seconds=10)) == START + timedelta(seconds=30)
    assert first_answer(waits, START + timedelta(seconds=41)) is None


@given(stories)
def test_it_is_kept_as_it_is(story: Story) -> None:
    waits = told(story)
    assert msgspec.json.decode(msgspec.json.encode(waits), type=Waits) == waits
