"""A file that somebody brings, and what it is taken for when it is sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from platform_core.errors import Invalid

_UNPROVEN: Final = "application/octet-stream"
_BY_WORD: Final = ("text/", "application/")


class FileEmpty(Invalid):
    """The file has no bytes."""

    code = "file_empty"


class FileUnknown(Invalid):
    """The project has no such file."""

    code = "file_unknown"


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a project has and may send; `mimetype` is what it is taken for."""

    file_id: UUID
    sha256: str
    size_bytes: int
    mimetype: str
    filename: str | None
    uploaded_at: datetime


def taken_for(proven: str, said: str | None) -> str:
    """The MIME type of a file: what its bytes prove, else what is said of it.

    Pictures, sounds and films prove themselves: what only claims to be one is not taken for it.
    """
    if proven != _UNPROVEN or said is None:
        return proven
    word = said.partition(";")[0].strip().lower()
    return word if word.startswith(_BY_WORD) else _UNPROVEN


class FileNotNamed(Invalid):
    """A content with a file names none, or two."""

    code = "file_not_named"


class FileTypeUnsupported(Invalid):
    """The channel does not take such a file as such a content."""

    code = "file_type_unsupported"


class FileTooLargeToSend(Invalid):
    """The channel does not take so large a file as such a content."""

    code = "file_too_large"


class FileLimit(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel takes of one type of content; without `mimetypes`, any that fits the type."""

    type: str
    max_bytes: int | None = None
    mimetypes: list[str] | None = None


_KINDS: Final = {
    "image": "image/",
    "sticker": "image/",
    "video": "video/",
    "audio": "audio/",
    "voice": "audio/",
}
# An MP4 or OGG of sound alone begins as one of pictures does.
_SOUNDS_TOO: Final = frozenset({"video/mp4", "video/3gpp", "video/webm", "application/ogg"})


def check_file(kind: str, upload: Upload, limits: Sequence[FileLimit]) -> None:
    """Raises `FileTypeUnsupported`, `FileTooLargeToSend`."""
    begins = _KINDS.get(kind, "")
    sound = begins == "audio/" and upload.mimetype in _SOUNDS_TOO
    if not upload.mimetype.startswith(begins) and not sound:
        raise FileTypeUnsupported(f"A file of type {upload.mimetype} is no {kind}.")
    for limit in limits:
        if limit.type != kind:
            continue
        if limit.mimetypes is not None and upload.mimetype not in limit.mimetypes and not sound:
            raise FileTypeUnsupported(f"The channel takes no {upload.mimetype} as {kind}.")
        if limit.max_bytes is not None and upload.size_bytes > limit.max_bytes:
            raise FileTooLargeToSend(
                f"The channel takes at most {limit.max_bytes} bytes as {kind}."
            )
