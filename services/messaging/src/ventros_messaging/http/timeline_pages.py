"""Pages of a timeline, which lead on in both directions."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from platform_core import cursors
from platform_http import Page
from platform_http.paging import PageRequest
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.http.responses import MessageResponse, message_response
from ventros_messaging.queries.timeline import Surroundings, position_of

Shown = TypeVar("Shown")


class TimelinePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a timeline.

    `next_cursor` is null on the last one. `previous_cursor` leads the other way from the first item
    and is good with the other `order`; it is null where nothing was found, and where nothing can be
    before.
    """

    items: list[MessageResponse]
    next_cursor: str | None
    previous_cursor: str | None


def timeline_page(
    page: PageRequest, rows: Sequence[StoredMessage], question: str, back: str
) -> TimelinePage:
    """A page of the fetched rows; `back` is the question the other way round."""
    cut, previous = cursors_of(page, rows, question, back, message_response)
    return TimelinePage(items=cut.items, next_cursor=cut.next_cursor, previous_cursor=previous)


def surroundings(found: Surroundings, question: str, back: str) -> TimelinePage:
    """The page with a message in its midst."""
    items = [*found.before, found.message, *found.after]
    following, previous = cursors_around(found, question, back)
    return TimelinePage(
        items=[message_response(item) for item in items],
        next_cursor=following,
        previous_cursor=previous,
    )


def cursors_of(
    page: PageRequest,
    rows: Sequence[StoredMessage],
    question: str,
    back: str,
    show: Callable[[StoredMessage], Shown],
) -> tuple[Page[Shown], str | None]:
    """The page of the fetched rows, and the cursor that leads the other way."""
    previous = cursors.encode(back, _position(rows[0])) if rows else None
    return page.cut(question, rows, _position, show), previous


def cursors_around(found: Surroundings, question: str, back: str) -> tuple[str | None, str | None]:
    """The cursors beyond the last and before the first."""
    items = [*found.before, found.message, *found.after]
    return (
        cursors.encode(question, _position(items[-1])) if found.more_after else None,
        cursors.encode(back, _position(items[0])) if found.more_before else None,
    )


def _position(stored: StoredMessage) -> object:
    return position_of(stored.message)
