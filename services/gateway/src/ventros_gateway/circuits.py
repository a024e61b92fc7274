"""A circuit per service: one that does not answer is left alone for a while, the others go on."""

import time
from collections.abc import Callable
from typing import Final

FAILURES: Final = 5
FIRST_REST: Final = 1.0
LONGEST_REST: Final = 15.0


class Circuit:
    """Closed while requests go well. Open after five failures in a row: nobody is let through for
    a while, then one at a time to probe; each probe that fails doubles the rest.

    A failure is a connection that could not be made or an answer that did not come in time. Every
    admitted request must end in `succeeded`, `failed` or `released`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._rest = 0.0
        self._open_until = 0.0
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether requests are refused, but for a probe."""
        return self._rest > 0

    def admit(self) -> float:
        """Zero when the request may go, else after how many seconds to try again."""
        if not self._rest:
            return 0.0
        left = self._open_until - self._clock()
        if left > 0:
            return left
        if self._probing:
            return FIRST_REST
        self._probing = True
        return 0.0

    def succeeded(self) -> None:
        """It answered, whatever it answered."""
        self._failures, self._rest, self._probing = 0, 0.0, False

    def failed(self) -> None:
        """It did not answer."""
        self._failures += 1
        if self._rest and not self._probing:
            # One that was under way when the circuit opened says nothing new.
            return
        if self._rest or self._failures >= FAILURES:
            self._rest = min(LONGEST_REST, self._rest * 2 or FIRST_REST)
            self._open_until = self._clock() + self._rest
        self._probing = False

    def released(self) -> None:
        """It was not seen whether it answers: the client left first."""
        self._probing = False
