"""Spans: the half-open stretch of time and the cursor, forwards and backwards."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from platform_core.ids import id_at
from ventros_messaging.domain.timeline import Position, span

START = datetime(2026, 1, 1, tzinfo=UTC)

positions = st.builds(
    lambda second, seq, tail: Position(
        occurred_at=START + timedelta(seconds=second),
        ingress_seq=seq,
        id=id_at(START, str(tail)),
    ),
    st.integers(0, 5),
    st.integers(0, 3),
    st.integers(0, 3),
)
moments = st.none() | st.integers(-1, 6).map(lambda second: START + timedelta(seconds=second))


@given(
    told=st.sets(positions, max_size=20),
    order=st.sampled_from(["asc", "desc"]),
    after=moments,
    before=moments,
    size=st.integers(1, 4),
)
def test_pages_are_the_stretch_in_order_once(
    told: set[Position],
    order: Literal["asc", "desc"],
    after: datetime | None,
    before: datetime | None,
    size: int,
) -> None:
    expected = sorted(
        (
            place
            for place in told
            if (after is None or place.occurred_at >= after)
            and (before is None or place.occurred_at < before)
        ),
        reverse=order == "desc",
    )
    read: list[Position] = []
    beyond: Position | None = None
    while page := _page(told, order, after, before, beyond, size):
        read += page
        beyond = page[-1]
    assert read == expected


def _page(
    told: set[Position],
    order: Literal["asc", "desc"],
    after: datetime | None,
    before: datetime | None,
    beyond: Position | None,
    size: int,
) -> list[Position]:
    """What the store's statement does with a span."""
    asked = span(order, after=after, before=before, beyond=beyond)
    if order == "asc":
        rows = [p for p in told if p > asked.start and p.occurred_at < asked.end]
    else:
        rows = [p for p in told if p < asked.start and p.occurred_at >= asked.end]
    return sorted(rows, reverse=order == "desc")[:size]
