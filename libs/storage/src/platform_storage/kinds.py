"""What a file is by how it begins: what somebody says of a file is not believed."""

from typing import Final

import filetype  # type: ignore[import-untyped]

OCTETS: Final = "application/octet-stream"
"""A file of which nothing is known. Words, HTML and SVG are among these: they begin in any way."""


def kind_of(head: bytes) -> str:
    """The MIME type that the first bytes of a file prove; `OCTETS` for all else."""
    # An MP4 of sound alone begins as one of pictures does; who shows it finds out.
    found: str | None = filetype.guess_mime(head)
    return found or OCTETS
