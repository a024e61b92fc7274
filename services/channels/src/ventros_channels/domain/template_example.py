"""The file above a template that somebody makes: an example of those that its messages have."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import msgspec

from platform_core.errors import Conflict, Invalid, TooLarge
from ventros_channels.domain.file_out import FileOut

Format: TypeAlias = Literal["IMAGE", "VIDEO", "DOCUMENT"]

_MIB: Final = 1024 * 1024

FORMATS: Final[Mapping[str, Format]] = {
    "image/jpeg": "IMAGE",
    "image/png": "IMAGE",
    "video/mp4": "VIDEO",
    "application/pdf": "DOCUMENT",
}
"""What may be above a template, by what the file proves to be."""

LARGEST: Final[Mapping[Format, int]] = {
    "IMAGE": 5 * _MIB,
    "VIDEO": 16 * _MIB,
    "DOCUMENT": 100 * _MIB,
}
"""In bytes, as in a message."""


class AppUnknown(Conflict):
    """Examples are uploaded to an app, and the channel names none."""

    code = "app_id_missing"


class ExampleUnsuitable(Invalid):
    """No template has such a file above it."""

    code = "file_type_unsupported"


class ExampleTooLarge(TooLarge):
    """A file above a template may not be so large."""

    code = "file_too_large"


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A file of ours, and the id of the provider's app that it is uploaded to."""

    app_id: str
    format: Format
    file: FileOut


def format_of(mimetype: str, size_bytes: int) -> Format:
    """Raises `ExampleUnsuitable`, `ExampleTooLarge`."""
    found = FORMATS.get(mimetype)
    if found is None:
        raise ExampleUnsuitable("Above a template is a JPEG, a PNG, an MP4 or a PDF.")
    if size_bytes > LARGEST[found]:
        raise ExampleTooLarge(f"Such a file has {LARGEST[found]} bytes at most.")
    return found
