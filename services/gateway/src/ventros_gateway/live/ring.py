"""The last events of every project, to go on from after a reconnect; bounded in all directions."""

from collections import deque
from collections.abc import Iterable
from itertools import takewhile
from typing import Final
from uuid import UUID

import msgspec

from ventros_gateway.live.heard import Heard, LastId, Place

OVERHEAD: Final = 1024
"""Bytes that one event takes beside its body, about."""
OVERLAP_SECONDS: Final = 5.0
"""Two gateways may hear events of two services in another order, but not by more than this."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept."""

    events: int = 20_000
    size: int = 16 * 1024 * 1024
    seconds: float = 300.0


class Ring:
    """Events by age, and those of each project by themselves."""

    def __init__(self, bounds: Bounds, *, mark: str) -> None:
        self._bounds = bounds
        self._mark = mark
        self._all: deque[Heard] = deque()
        self._places: dict[Place, deque[Heard]] = {}
        self._by_id: dict[UUID, Heard] = {}
        # From when on nothing is missing here.
        self._whole_from = float("-inf")
        self.size = 0

    def __len__(self) -> int:
        return len(self._all)

    def add(self, heard: Heard) -> bool:
        """Keep it, and let go of the oldest. False: it is here already, told a second time."""
        if heard.id in self._by_id:
            return False
        self._all.append(heard)
        self._places.setdefault(heard.place, deque()).append(heard)
        self._by_id[heard.id] = heard
        self.size += _size(heard)
        self.trim(heard.at)
        return True

    def trim(self, now: float) -> None:
        """Let go of what is too old or too much."""
        bounds = self._bounds
        while self._all and (
            len(self._all) > bounds.events
            or self.size > bounds.size
            or now - self._all[0].at > bounds.seconds
        ):
            oldest = self._all.popleft()
            self._whole_from = oldest.at
            of_place = self._places[oldest.place]
            # The oldest of all is the oldest of its project.
            of_place.popleft()
            if not of_place:
                del self._places[oldest.place]
            del self._by_id[oldest.id]
            self.size -= _size(oldest)

    def clear(self, now: float) -> None:
        """Forget everything: what comes from now on does not follow on what was."""
        self._whole_from = now
        self._all.clear()
        self._places.clear()
        self._by_id.clear()
        self.size = 0

    def after(self, place: Place, last: LastId) -> list[Heard] | None:
        """What a project has had since; None when that cannot be said.

        To a client that comes from another gateway some of what it has had is told again: the
        order may have been another one there.
        """
        known = self._by_id.get(last.event)
        if known is None or known.place != place:
            return None
        newest_first = reversed(self._places[place])
        since: Iterable[Heard]
        if last.mark == self._mark:
            since = takewhile(lambda one: one.number > known.number, newest_first)
        else:
            from_ = known.at - OVERLAP_SECONDS
            if from_ < self._whole_from:
                return None
            since = (
                one
                for one in takewhile(lambda one: one.at >= from_, newest_first)
                if one is not known
            )
        found = list(since)
        found.reverse()
        return found


def _size(heard: Heard) -> int:
    # The body, and what is framed of it for one kind of listener.
    return 2 * len(heard.body) + OVERHEAD
