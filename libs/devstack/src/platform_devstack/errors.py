"""What can go wrong on the one machine, said so that a person can act on it."""

from pathlib import Path


class StackError(Exception):
    """A part of the stack cannot be used.

    `part` names it, the message says why, `log` is the file that says more and `tail` its last
    lines, when there is one.
    """

    def __init__(
        self, part: str, why: str, *, log: Path | None = None, tail: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{part}: {why}")
        self.part = part
        self.why = why
        self.log = log
        self.tail = tail


class NotReadyError(Exception):
    """A part does not answer yet; the message says what was seen."""
