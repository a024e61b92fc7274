"""The order of a conversation: the provider's time, then the order of ingress, then the id.

WAHA's time is in whole seconds, so that messages of one second keep the order in which they came.
"""

from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

Order = Literal["asc", "desc"]

EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)
_FIRST_SEQ: Final = -(2**63)
_FIRST_ID: Final = UUID(int=0)


class Position(msgspec.Struct, frozen=True, kw_only=True, array_like=True, order=True):
    """A place in a timeline: the sort keys of a message."""

    occurred_at: datetime
    ingress_seq: int
    id: UUID


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a timeline, read in `order` from beyond `start` until `end`.

    `end` belongs to it when it is read backwards and not when it is read forwards, as `span` makes
    it from a half-open interval.
    """

    order: Order
    start: Position
    end: datetime


def span(
    order: Order, *, after: datetime | None, before: datetime | None, beyond: Position | None
) -> Span:
    """What is left of [after, before) in this order, beyond the place where the last page ended."""
    after, before = after or EARLIEST, before or LATEST
    if order == "asc":
        edge = _moment(after)
        start = edge if beyond is None else max(edge, beyond)
        return Span(order=order, start=start, end=before)
    edge = _moment(before)
    start = edge if beyond is None else min(edge, beyond)
    return Span(order=order, start=start, end=after)


def _moment(moment: datetime) -> Position:
    """The place before every message of this moment."""
    return Position(occurred_at=moment, ingress_seq=_FIRST_SEQ, id=_FIRST_ID)
