"""How sends are answered, and what may go wrong on the way of the answer."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

MAX_FATES = 1000


class Fate(StrEnum):
    """What becomes of one send."""

    REFUSED = "refused"
    """500, and nothing was sent."""
    FAILED = "failed"
    """500, though it was sent (WAHA #1225)."""
    CUT = "cut"
    """It was sent, and the connection ends without an answer."""
    TWICE = "twice"
    """It was sent twice, under two ids; the answer names the first."""


class Answering(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fates` are those of the next sends, in this order; the ones after them are taken as usual.

    `after_seconds`: how long after a message was sent the API says so. `pages_failed`: how many of
    the next pages of a chat's history are not shown, with 500.
    """

    after_seconds: Annotated[float, Meta(ge=0, le=60)] = 0.0
    fates: Annotated[tuple[Fate, ...], Meta(max_length=MAX_FATES)] = ()
    pages_failed: Annotated[int, Meta(ge=0, le=MAX_FATES)] = 0


class Answers:
    """How the sends of one server are answered from now on."""

    def __init__(self) -> None:
        self._fates: list[Fate] = []
        self.after_seconds = 0.0
        self._pages_failed = 0

    def become(self, wanted: Answering) -> None:
        """Other answers than before; fates that were not used up are forgotten."""
        self.after_seconds = wanted.after_seconds
        self._fates = list(wanted.fates)
        self._pages_failed = wanted.pages_failed

    def next(self) -> Fate | None:
        """What becomes of the send at hand; None is what should."""
        return self._fates.pop(0) if self._fates else None

    def shows_page(self) -> bool:
        """Whether the page of a history at hand is shown."""
        shows = self._pages_failed == 0
        self._pages_failed -= 0 if shows else 1
        return shows
