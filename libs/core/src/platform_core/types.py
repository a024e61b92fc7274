"""Constrained types: what a value may be is said once, here.

Request Structs use these, so that a bad value is refused at the edge with its place, and the
OpenAPI document states the limits.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

_EDGE = r"[^\s\x1c-\x1f\x85\ufeff]"
"""What a text begins and ends with: no space in any of the dialects of regular expressions that
read our schemas. Python, ECMAScript and Rust each have another `\\s`."""

_INSIDE = r"[^\n\r\u2028\u2029]"
END = r"(?![\s\S])"
"""Nothing follows. Python's `$` would let a newline follow."""

_TEXT = f"^{_EDGE}({_INSIDE}*{_EDGE})?{END}"

NonEmptyStr = Annotated[str, Meta(min_length=1, max_length=255, pattern=_TEXT)]
"""1 to 255 characters on one line, no space at either end."""

Text = Annotated[str, Meta(max_length=4096)]
"""At most 4,096 characters: WhatsApp's limit for a text."""

Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
        r"(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+" + END,
    ),
]
"""An address as the HTML standard's e-mail field accepts it, with a dot in the domain."""

Phone = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}" + END)]
"""A number in E.164 with its plus, 7 to 15 digits."""

AwareDatetime = Annotated[datetime, Meta(tz=True)]
"""RFC 3339 with a time zone."""

TimeoutMinutes = Annotated[float, Meta(ge=0.05, le=10_080)]
"""A session's timeout in minutes, 3 seconds to 7 days."""

LanguageTag = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*" + END, max_length=35)]
"""BCP 47, for example pt-BR."""

Tag = Annotated[str, Meta(min_length=1, max_length=64, pattern=_TEXT)]
"""A label that people give."""

HttpUrl = Annotated[str, Meta(pattern=r"^https?://[A-Za-z0-9\[][!-~]*" + END, max_length=2048)]
"""An absolute http or https address, in ASCII as RFC 3986 has it."""
