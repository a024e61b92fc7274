"""Names: what a person wrote stays; what a phone says of its owner fills in."""

import re
from datetime import datetime
from typing import Literal

NameSource = Literal["person", "push"]
"""Who gave a contact its name: a person (a user, through the API), or the push name, which the
contact's own phone sends along."""

MAX_NAME = 255

# White space, control characters, and what nobody sees but turns the direction of writing. The
# zero-width joiner stays: it holds emoji together.
_UNSEEN = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]+"
)


def clean_push_name(text: str | None) -> str | None:
    """A push name on one line, at most 255 characters; None when nothing can be seen of it."""
    if text is None:
        return None
    return _UNSEEN.sub(" ", text).strip()[:MAX_NAME].strip() or None


def may_fill(source: NameSource | None, name: str | None, push_name: str) -> bool:
    """Whether a push name takes the place of a name: of none, and of an earlier push name."""
    return source != "person" and name != push_name


def is_latest(said_at: datetime, name: str | None, last_at: datetime | None) -> bool:
    """Whether a push name of the past may be told of as the latest one: there is none yet, or
    nothing newer of the person is known."""
    return name is None or last_at is None or said_at > last_at
