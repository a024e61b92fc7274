"""Paths are taken literally: whatever could be read in two ways is refused before it is routed."""

import re

# Ids, names and webhook ids need no more than RFC 3986's unreserved characters, so that an
# encoded slash, a double encoding or a backslash never comes to be decoded differently behind us.
_PLAIN = re.compile(rb"(?:/[A-Za-z0-9._~-]+)+/?|/")
_DOTS = re.compile(rb"/\.{1,2}(?:/|$)")
MAX_PATH = 1024


def is_plain(raw_path: bytes) -> bool:
    """Whether a path has one meaning only."""
    return (
        len(raw_path) <= MAX_PATH
        and _PLAIN.fullmatch(raw_path) is not None
        and _DOTS.search(raw_path) is None
    )
