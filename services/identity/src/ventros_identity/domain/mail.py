"""Mail to people, and when it is tried again."""

from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

Language = Literal["pt", "en"]

WAITS: Final = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
"""What is waited after the first failure, the second, and so on; after the last it is given up."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail says: one line of subject, plain text."""

    subject: str
    body: str


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that is to be sent. `attempts` counts the one at hand."""

    tenant_id: UUID
    id: UUID
    recipient: str
    letter: Letter
    attempts: int


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failures; None when it is given up."""
    return WAITS[attempts - 1] if attempts <= len(WAITS) else None


def one_line(text: str) -> str:
    """Without control characters: what people typed may not become a header."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
