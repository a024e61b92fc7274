"""Files of messages: stored, lost, on their way, or left where they are."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from proto_events.conversation import LossReason
from ventros_messaging.domain.content import Content

FileStatus = Literal["pending", "stored", "lost", "not_fetched"]

SHOWN: Final = frozenset(
    {
        "audio/aac",
        "audio/amr",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "video/3gpp",
        "video/mp4",
    }
)
"""What a browser may show in place; all else is saved. HTML and SVG act, and are not among it."""


_PICTURES: Final = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
LARGEST_PICTURE: Final = 32 * 1024 * 1024
"""Bytes of a picture that is still looked at."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A content that is here; `filename` is what whoever sent it called it.

    The size in pixels is known once somebody looked at a picture.
    """

    file_id: UUID
    sha256: str
    size_bytes: int
    mimetype: str
    filename: str | None
    width: int | None = None
    height: int | None = None
    can_be_small: bool = False


class MessageFile(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the file of a message: it is `stored` or there is a `loss`."""

    message_id: UUID
    stored: Stored | None
    loss: LossReason | None
    settled_at: datetime


def has_small(mimetype: str, size_bytes: int) -> bool:
    """Whether a file may be a picture that can be shown small."""
    return mimetype in _PICTURES and size_bytes <= LARGEST_PICTURE


def has_file(content: Content) -> bool:
    """Whether a message that says this has a file, here or on its way."""
    return getattr(content, "media", None) is not None


def status_of(known: MessageFile | None, *, past: bool) -> FileStatus:
    """How far the file of a message with one is. An import of the past fetches none."""
    if known is None:
        return "not_fetched" if past else "pending"
    return "lost" if known.stored is None else "stored"
