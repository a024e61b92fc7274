"""Structs as JSON for PostgreSQL, which cannot hold U+0000 in text or jsonb (its manual, 8.14).

A person's words are shown with U+FFFD in its place instead of being refused for it.
"""

from typing import Any, Final

import msgspec

_ENCODER: Final = msgspec.json.Encoder()
_NUL_ESCAPED: Final = b"\\u0000"
_REPLACEMENT: Final = "\ufffd"


def document(value: Any) -> str:
    """A Struct, or several, as JSON text that PostgreSQL takes."""
    encoded = _ENCODER.encode(value)
    if _NUL_ESCAPED in encoded:
        encoded = _ENCODER.encode(_replaced(msgspec.to_builtins(value)))
    return encoded.decode()


def without_nul(text: str | None) -> str | None:
    """The text that PostgreSQL takes."""
    return None if text is None else text.replace("\0", _REPLACEMENT)


def _replaced(value: Any) -> Any:
    match value:
        case str():
            return without_nul(value)
        case list():
            return [_replaced(part) for part in value]
        case dict():
            return {key: _replaced(part) for key, part in value.items()}
        case _:
            return value
