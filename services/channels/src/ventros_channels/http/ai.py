"""What requests and answers of /v1/channels say of the channel's machines."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ventros_channels.domain.ai import (
    ALL_PROCESSED,
    LONGEST_DEBOUNCE_MS,
    AiSettings,
    Processed,
)

DebounceMs = Annotated[int, Meta(ge=0, le=LONGEST_DEBOUNCE_MS)]
"""Milliseconds, five minutes at most."""


class AiProcessing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which files are put into words while `ai_enabled`."""

    process_image: bool = True
    process_audio: bool = True
    process_voice: bool = True
    process_video: bool = True
    process_document: bool = True


class AiProcessingPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall change of it."""

    process_image: bool | UnsetType = UNSET
    process_audio: bool | UnsetType = UNSET
    process_voice: bool | UnsetType = UNSET
    process_video: bool | UnsetType = UNSET
    process_document: bool | UnsetType = UNSET


def processed(switches: AiProcessing | AiProcessingPatch) -> dict[Processed, bool]:
    """The switches that are given, by the type of content."""
    given = {kind: getattr(switches, f"process_{kind}") for kind in ALL_PROCESSED}
    return {kind: on for kind, on in given.items() if on is not UNSET}


def processing(settings: AiSettings) -> AiProcessing:
    """The switches as an answer shows them."""
    return AiProcessing(**{f"process_{kind}": kind in settings.processed for kind in ALL_PROCESSED})
