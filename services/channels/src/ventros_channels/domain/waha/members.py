"""Members of a JSON object whose shape nobody guarantees.

Every reader takes several names, since the engines spell one thing differently (`url`, `URL`),
and takes the first that has the wanted type; anything else counts as absent, never as an error.
"""

from collections.abc import Mapping
from typing import Any, Final

JsonObject = Mapping[str, Any]

NOTHING: Final[JsonObject] = {}
SHORT: Final = 255

LONG: Final = 4096

_NUMBERS: Final = frozenset({int, float, str})  # and not bool, which is an int as well
_NUL = "\x00"
_REPLACEMENT = "\ufffd"


def clean(value: str, limit: int) -> str:
    """At most `limit` characters, without NUL, which PostgreSQL does not store."""
    if _NUL in value:
        value = value.replace(_NUL, _REPLACEMENT)
    return value[:limit] if len(value) > limit else value


def text(owner: JsonObject, *names: str, limit: int = SHORT) -> str | None:
    """The first member that is a string with something in it."""
    for name in names:
        value = owner.get(name)
        if value and isinstance(value, str):
            return clean(value, limit)
    return None


def child(owner: JsonObject, *names: str) -> JsonObject:
    """The first member that is an object; an empty one where there is none."""
    for name in names:
        value = owner.get(name)
        if isinstance(value, dict):
            return value
    return NOTHING


def children(owner: JsonObject, *names: str) -> list[JsonObject]:
    """The objects in the first member that is an array."""
    for name in names:
        value = owner.get(name)
        if isinstance(value, list):
            return [item for item in value if isinstance(item, dict)]
    return []


def flag(owner: JsonObject, *names: str) -> bool:
    """Whether one of the members is `true` itself."""
    return any(owner.get(name) is True for name in names)


def number(owner: JsonObject, *names: str) -> float | None:
    """The first member that is a number, also one that is written as a string."""
    for name in names:
        value: Any = owner.get(name)
        if type(value) not in _NUMBERS:
            continue
        try:
            return float(value)
        except (ValueError, OverflowError):
            continue
    return None
