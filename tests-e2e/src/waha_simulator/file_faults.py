"""What may go wrong with a file that is asked for."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

MAX_FATES = 1000


class FileFate(StrEnum):
    """What becomes of one request for a file."""

    MISSING = "missing"
    """404."""
    REMOVED = "removed"
    """410."""
    BROKEN = "broken"
    """500."""
    SLOW = "slow"
    """It comes in a few pieces, with a pause before each."""
    TRUNCATED = "truncated"
    """The connection ends after half of what was announced."""
    WRONG_TYPE = "wrong_type"
    """A page of HTML, said to be what the file is."""
    ENDLESS = "endless"
    """It has no announced end, and none."""


class Serving(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fates` are those of the next requests for files, in this order; the ones after them are
    answered as usual. `session`: only its files are hit. `pause_seconds`: of those that are slow.
    """

    fates: Annotated[tuple[FileFate, ...], Meta(max_length=MAX_FATES)] = ()
    session: str | None = None
    pause_seconds: Annotated[float, Meta(ge=0, le=60)] = 1.0


class FileFaults:
    """How files are served from now on."""

    def __init__(self) -> None:
        self._serving = Serving()
        self._fates: list[FileFate] = []

    @property
    def pause_seconds(self) -> float:
        """Before each piece of a slow file."""
        return self._serving.pause_seconds

    def become(self, wanted: Serving) -> None:
        """Other faults than before; fates that were not used up are forgotten."""
        self._serving = wanted
        self._fates = list(wanted.fates)

    def next(self, session: str) -> FileFate | None:
        """What becomes of the request at hand; None is what should."""
        hit = self._serving.session in {None, session}
        return self._fates.pop(0) if hit and self._fates else None
