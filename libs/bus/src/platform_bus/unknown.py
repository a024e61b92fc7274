"""Fields that a newer producer says and this consumer does not know: tolerated, and counted.

Decoding leaves them out at no cost, so they are looked for beside it, in the first event of each
type and in one of a hundred after it. What is found is said once in the log, with its name.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import structlog

from platform_bus import metrics

log = structlog.get_logger(__name__)

EVERY = 100
"""One event in so many of a type is looked at."""


class UnknownFields:
    """What one consumer has seen of fields that its Structs do not have."""

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer
        self._seen: dict[str, int] = {}
        self._told: set[tuple[str, str]] = set()

    def look(self, type_name: str, body: bytes | msgspec.Raw, data: msgspec.Struct) -> None:
        """Look at an event as it came and as it was read, if it is its turn."""
        seen = self._seen.get(type_name, 0)
        self._seen[type_name] = seen + 1
        if seen % EVERY:
            return
        for field in _unknown(msgspec.json.decode(body), data, ""):
            metrics.UNKNOWN_FIELDS.labels(self._consumer, type_name).inc()
            if (type_name, field) not in self._told:
                self._told.add((type_name, field))
                log.info("consumer.unknown_field", consumer=self._consumer, field=field)


def _unknown(said: Any, read: Any, path: str) -> Iterator[str]:
    if isinstance(read, list) and isinstance(said, list):
        for one, other in zip(said, read, strict=False):
            yield from _unknown(one, other, f"{path}[]")
    if not isinstance(read, msgspec.Struct) or not isinstance(said, dict):
        return
    names = dict(zip(read.__struct_encode_fields__, read.__struct_fields__, strict=True))
    for name, value in said.items():
        place = f"{path}.{name}" if path else name
        if name in names:
            yield from _unknown(value, getattr(read, names[name]), place)
        else:
            yield place
