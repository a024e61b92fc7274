"""How the messages of a timeline are asked for, whoever's timeline it is."""

from typing import Annotated, TypeAlias
from uuid import UUID

from litestar.params import QueryParameter

from platform_core.types import AwareDatetime
from platform_http import FieldError, RequestError
from ventros_messaging.domain.content import ContentType
from ventros_messaging.domain.timeline import Order
from ventros_messaging.queries import search

OfType: TypeAlias = Annotated[
    ContentType | None, QueryParameter(description="Only messages of this content type.")
]
FromMe: TypeAlias = Annotated[
    bool | None, QueryParameter(description="Only outbound (true) or inbound (false) messages.")
]
After: TypeAlias = Annotated[
    AwareDatetime | None, QueryParameter(description="Only what occurred at this time or later.")
]
Before: TypeAlias = Annotated[
    AwareDatetime | None, QueryParameter(description="Only what occurred before this time.")
]
Direction: TypeAlias = Annotated[
    Order, QueryParameter(description="`asc` starts with the oldest, `desc` with the newest.")
]
Around: TypeAlias = Annotated[
    UUID | None,
    QueryParameter(
        description="The page with this message in its midst, whatever the filters say of it;"
        " without `cursor`."
    ),
]


def words_of_query(q: str | None) -> list[str]:
    """The words of `q`; none without it.

    Raises:
        RequestError: 400, `invalid_text`: it has none, or too many.
    """
    words = [] if q is None else search.words_in(q)
    if q is not None and not words:
        raise _no_words()
    return words


def not_both() -> RequestError:
    """400: `around` with a `cursor`."""
    detail = "The page around a message has no cursor: take one of those that it answers with."
    error = FieldError(code="not_both", detail=detail, parameter="cursor")
    return RequestError(400, "invalid_cursor", detail, [error])


def _no_words() -> RequestError:
    detail = f"One to {search.MOST_WORDS} words can be looked for, {search.LONGEST} characters."
    return RequestError(
        400,
        "invalid_text",
        detail,
        [FieldError(code="invalid_text", detail=detail, parameter="q")],
    )
