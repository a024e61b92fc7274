"""Keyset paging: `?limit=&cursor=`, answered with the items and the cursor of the next page."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from platform_core import cursors
from platform_http.problems import FieldError, RequestError

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")

Limit = Annotated[
    int,
    QueryParameter(
        description=f"How many items at most, 1 to {MAX_LIMIT}.",
        schema_extra={"minimum": 1, "maximum": MAX_LIMIT},
    ),
]
CursorParameter = Annotated[
    str | None,
    QueryParameter(
        description="`next_cursor` of the page before.", schema_extra={"maxLength": 512}
    ),
]


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None


class PageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which page is asked for."""

    limit: int
    cursor: str | None

    @property
    def fetch(self) -> int:
        """How many rows to ask the database for: one more, to know whether a page follows."""
        return self.limit + 1

    def after(self, question: str, position: type[P]) -> P | None:
        """Where the page before ended; None on the first page.

        `question` names the list and its filters, so that a cursor of another list is refused.
        Raises `Invalid` with the code `invalid_cursor`.
        """
        if self.cursor is None:
            return None
        return cursors.decode(question, self.cursor, position)

    def cut(
        self,
        question: str,
        rows: Sequence[R],
        position: Callable[[R], object],
        item: Callable[[R], T],
    ) -> Page[T]:
        """A page of at most `limit` of the fetched rows.

        `position` gives the sort keys of a row, of the type that `after` reads.
        """
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        cursor = cursors.encode(question, position(shown[-1])) if more else None
        return Page(items=[item(row) for row in shown], next_cursor=cursor)


def page_request(limit: int, cursor: str | None) -> PageRequest:
    """Raises `RequestError` when the size is out of bounds."""
    if limit > MAX_LIMIT:
        raise _out_of_bounds("page_size_too_large", f"A page has at most {MAX_LIMIT} items.")
    if limit < 1:
        raise _out_of_bounds("validation_failed", "A page has at least one item.")
    return PageRequest(limit=limit, cursor=cursor)


def _out_of_bounds(code: str, detail: str) -> RequestError:
    error = FieldError(code="out_of_range", detail=detail, parameter="limit")
    return RequestError(400, code, detail, [error])
