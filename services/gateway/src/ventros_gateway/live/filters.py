"""What of the events a listener asked for, in the words of AMQP's topics."""

import re
from collections.abc import Sequence
from typing import Final

from platform_core.errors import DomainError

MAX_PATTERNS: Final = 32
MAX_LENGTH: Final = 96

_PATTERN = re.compile(r"(?:[a-z][a-z0-9_]*|\*|#)(?:\.(?:[a-z][a-z0-9_]*|\*|#))*")


class FilterInvalid(DomainError):
    """What was asked for cannot be understood."""

    kind = "invalid"
    code = "types_invalid"


class Filter:
    """Patterns of types such as `contact.*`, `message.created.v1`, `channel.#`.

    `*` is one word and `#` any number of them. The version may be left out. Without patterns
    everything is wanted.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        """Raises `FilterInvalid`."""
        if len(patterns) > MAX_PATTERNS:
            raise FilterInvalid(f"At most {MAX_PATTERNS} types can be named.")
        for pattern in patterns:
            if len(pattern) > MAX_LENGTH or _PATTERN.fullmatch(pattern) is None:
                raise FilterInvalid("A type is words with dots between, such as `contact.*`.")
        self._patterns = [pattern.split(".") for pattern in dict.fromkeys(patterns)]

    def wants(self, type_: str) -> bool:
        """Whether the type is one of those."""
        if not self._patterns:
            return True
        words = type_.split(".")
        return any(
            _matches(pattern, words) or _matches(pattern, words[:-1]) for pattern in self._patterns
        )


def listed(text: str) -> list[str]:
    """The patterns of a query parameter, with commas between; none of an empty one."""
    return text.split(",") if text else []


def _matches(pattern: Sequence[str], words: Sequence[str]) -> bool:
    """By the places that can be reached, word by word: no pattern takes more than its length
    times that of the type.
    """
    reached = _past_hashes(pattern, {0})
    for word in words:
        after = {
            place if pattern[place] == "#" else place + 1
            for place in reached
            if place < len(pattern) and pattern[place] in {"#", "*", word}
        }
        reached = _past_hashes(pattern, after)
    return len(pattern) in reached


def _past_hashes(pattern: Sequence[str], places: set[int]) -> set[int]:
    """With the places behind each `#`, which may stand for nothing."""
    found = set(places)
    for place in sorted(places):
        behind = place
        while behind < len(pattern) and pattern[behind] == "#":
            behind += 1
            found.add(behind)
    return found
