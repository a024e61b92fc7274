"""Which bytes of a file a request wants (RFC 9110 §14): one range, as players and browsers ask."""

import re
from typing import Final

import msgspec

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """No byte of the file is in the range."""


class Span(msgspec.Struct, frozen=True):
    """Bytes from `start` up to, not including, `end`."""

    start: int
    end: int


def span_of(header: str | None, size: int) -> Span | None:
    """The bytes that are wanted; None: all. What is no single range of bytes is passed over.

    Raises:
        Unsatisfiable
    """
    found = None if header is None else _RANGE.fullmatch(header.strip())
    if found is None or found[1] == found[2] == "":
        return None
    first, last = found[1], found[2]
    if not first:
        if int(last) == 0:
            raise Unsatisfiable
        return Span(max(0, size - int(last)), size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Span(start, min(size, int(last) + 1) if last else size)


def names(header: str | None, tag: str) -> bool:
    """Whether an If-None-Match names this entity tag."""
    if header is None:
        return False
    given = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in given or tag in given
