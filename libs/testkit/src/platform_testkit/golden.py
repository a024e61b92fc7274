"""Golden events: what the producing use cases really say, kept beside the schemas.

`proto-events/golden/<type>.json` is a CloudEvents batch: every event of this type in the story that
the service's own test tells. Ids and times differ in every run; they are replaced by placeholders,
the same one where the same id or time stood, so that the files show what belongs together. What is
kept is still valid by its schema.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from platform_testkit.event_schemas import check_published
from proto_events import envelope as frame
from proto_events.registry import info_of, struct_of

_ID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class NotAsKept(AssertionError):
    """What a service says now is not what its golden files keep."""


class Golden:
    """The golden files of one folder, compared or, on demand, written anew."""

    def __init__(self, folder: Path, *, update: bool) -> None:
        self._folder = folder
        self._update = update

    def check(self, service: str, story: Sequence[bytes]) -> None:
        """Hold all that a service said in its story to the schemas and to its golden files.

        Args:
            service: the producer; each of its events belongs to one story.
            story: envelopes as they stand in the outbox, in order.

        Raises:
            NotAsKept: shows the difference, and how to keep it.
            NotAsPublished: an event breaks its schema.
        """
        said: dict[str, list[bytes]] = {}
        for body in story:
            envelope = frame.decode(body)
            _check_origin(service, envelope)
            check_published(body)
            said.setdefault(envelope.type, []).append(body)
        differences = [
            line for type_name in sorted(said) for line in self._compare(type_name, said[type_name])
        ]
        if differences:
            raise NotAsKept(
                "\n".join(differences)
                + f"\n\nIf this is meant: pytest services/{service} --update-golden"
            )

    def _compare(self, type_name: str, bodies: Sequence[bytes]) -> Iterator[str]:
        path = self._folder / f"{type_name}.json"
        text = stable(frame.join(list(bodies)))
        if self._update:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            return
        kept = path.read_text() if path.exists() else ""
        yield from difflib.unified_diff(
            kept.splitlines(), text.splitlines(), f"kept {path.name}", "said now", lineterm=""
        )


def stable(batch: bytes) -> str:
    """JSON with a placeholder for every id and every time, numbered as they first stand there."""
    ids: dict[str, str] = {}
    times: dict[str, str] = {}

    def an_id(found: re.Match[str]) -> str:
        return ids.setdefault(found[0], f"00000000-0000-7000-8000-{len(ids) + 1:012}")

    def a_time(found: re.Match[str]) -> str:
        moment = _FIRST + timedelta(seconds=len(times) + 1)
        return times.setdefault(found[0], f"{moment:%Y-%m-%dT%H:%M:%SZ}")

    text = msgspec.json.format(batch, indent=2).decode() + "\n"
    return _TIME.sub(a_time, _ID.sub(an_id, text))


def _check_origin(service: str, envelope: frame.Envelope) -> None:
    struct = struct_of(envelope.type)
    if struct is None:
        raise NotAsKept(f"{envelope.type} is not in the catalogue")
    if info_of(struct).producer != service:
        raise NotAsKept(f"{envelope.type} is for {info_of(struct).producer} to say, not {service}")
    if envelope.source != f"ventros/{service}":
        raise NotAsKept(f"{envelope.type} names {envelope.source} as its source")
