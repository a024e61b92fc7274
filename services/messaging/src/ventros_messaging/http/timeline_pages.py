"""Pages of a timeline, which lead on in both directions."""

from collections.abc import Sequence

import msgspec

from platform_core import cursors
from platform_http.paging import PageRequest
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.http.responses import MessageResponse, message_response
from ventros_messaging.queries.timeline import Surroundings, position_of


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
    cut = page.cut(question, rows, _position, message_response)
    return TimelinePage(
        items=cut.items,
        next_cursor=cut.next_cursor,
        previous_cursor=cursors.encode(back, _position(rows[0])) if rows else None,
    )


def surroundings(found: Surroundings, question: str, back: str) -> TimelinePage:
    """The page with a message in its midst."""
    items = [*found.before, found.message, *found.after]
    return TimelinePage(
        items=[message_response(item) for item in items],
        next_cursor=cursors.encode(question, _position(items[-1])) if found.more_after else None,
        previous_cursor=cursors.encode(back, _position(items[0])) if found.more_before else None,
    )


def _position(stored: StoredMessage) -> object:
    return position_of(stored.message)
