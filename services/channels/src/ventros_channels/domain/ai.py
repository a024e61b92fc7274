"""What machines do with what people write on a channel."""

from typing import Final, Literal

import msgspec

Processed = Literal["image", "audio", "voice", "video", "document"]
"""A type of content whose file can be put into words."""

ALL_PROCESSED: Final[tuple[Processed, ...]] = ("image", "audio", "voice", "video", "document")

DEBOUNCE_MS: Final = 15_000
LONGEST_DEBOUNCE_MS: Final = 300_000


class AiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Whether messages are grouped and their files put into words, and which.

    `debounce_timeout_ms`: messages with no longer pause between them are one group; 0: no groups.
    """

    enabled: bool = False
    debounce_timeout_ms: int = DEBOUNCE_MS
    processed: tuple[Processed, ...] = ALL_PROCESSED
