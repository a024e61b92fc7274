"""How loud a voice message is along its length, as WhatsApp draws it: 64 bytes from 0 to 100.

The engines print the bytes of WhatsApp's message each in its own way: base64 (whatsmeow, and
protobuf's JSON), an array, Node's `{"type": "Buffer", "data": …}`, or an object from index to
value, which is what JSON makes of a `Uint8Array`.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final

from ventros_channels.domain.waha.members import JsonObject

_MOST: Final = 64
_LOUDEST: Final = 100
_MAX_BASE64: Final = 88


def read_waveform(member: JsonObject) -> list[int]:
    """The values from 0 to 100; none where there is no waveform, or none that can be drawn."""
    given: Any = member.get("waveform")
    if isinstance(given, dict):
        given = given.get("data", list(given.values()))
    values: Sequence[Any] = _decoded(given) if isinstance(given, str) else given
    if not isinstance(values, list | bytes) or not 0 < len(values) <= _MOST:
        return []
    if any(type(value) is not int or value < 0 for value in values):
        return []
    return [min(value, _LOUDEST) for value in values]


def _decoded(given: str) -> bytes:
    if len(given) > _MAX_BASE64:
        return b""
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return b""
