"""Whether each service's API still keeps what the last release promised its clients.

The documents are `services/<service>/openapi.json`, those of the release
`proto-events/released/openapi/<service>.json`. A client that was generated from the released
document has to go on working: every operation under its name, with what it sends accepted and what
it reads as it was. No tool for OpenAPI 3.1 can be installed from PyPI, so this is ours; what a
schema may become is in `rest_schema`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from checks.contracts.rest_schema import Direction, Schema, changes

RELEASED: Final = Path("proto-events/released/openapi")
_PATH: Final = "put it under a new path (`/v2/…`) and keep this one until its clients have moved"
_FIELD: Final = "keep it as it was and add another beside it, or put the change under a new path"
_AFTER: Final = "; when nobody depends on it, release anew"


class Break(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A promise that is broken. `field` is a path in the body, a parameter, or empty."""

    service: str
    method: str
    path: str
    field: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.service}: {self.method} {self.path}"
        return f"{place}{f', {self.field}' if self.field else ''}: {self.what}. {self.remedy}."


def release(root: Path) -> list[str]:
    """Make today's documents the released ones; the services whose document was written."""
    folder = root / RELEASED
    folder.mkdir(parents=True, exist_ok=True)
    current = documents(root)
    for path in folder.glob("*.json"):
        if path.stem not in current:
            path.unlink()
    for service, document in current.items():
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{service}.json").write_text(text)
    return sorted(current)


def documents(root: Path) -> dict[str, Schema]:
    """Today's document of each service."""
    return {
        path.parent.name: json.loads(path.read_text())
        for path in sorted((root / "services").glob("*/openapi.json"))
    }


def released(root: Path) -> dict[str, Schema]:
    """The released document of each service."""
    found = (root / RELEASED).glob("*.json")
    return {path.stem: json.loads(path.read_text()) for path in sorted(found)}


def broken(root: Path) -> list[Break]:
    """Everything that today's documents break."""
    current = documents(root)
    return [
        one
        for service, document in released(root).items()
        for one in breaks(service, document, current.get(service, {}))
    ]


def breaks(service: str, old: Schema, new: Schema) -> list[Break]:
    """What the document `new` of a service breaks for clients of `old`."""
    return sorted(
        Break(service=service, method=method.upper(), path=path, field=field, what=what,
              remedy=remedy)
        for path, item in old["paths"].items()
        for method, operation in item.items()
        for field, what, remedy in _operation(
            operation, new.get("paths", {}).get(path, {}).get(method), old, new
        )
    )  # fmt: skip


_Found = Iterator[tuple[str, str, str]]
"""Field, what, remedy."""


def _operation(old: Schema, new: Schema | None, before: Schema, after: Schema) -> _Found:
    if new is None:
        yield "", "is gone", f"Serve it again{_AFTER}"
        return
    if old.get("operationId") != new.get("operationId"):
        what = f"was called {old.get('operationId')}, is called {new.get('operationId')}"
        yield "", what, "Give it its name back: generated clients call it by that"
    for key in ("security", "x-permission"):
        if old.get(key) != new.get(key):
            what = f"`{key}` was {old.get(key)}, is {new.get(key)}"
            yield "", what, f"Let in whom it let in, or {_PATH}{_AFTER}"
    yield from _parameters(old, new, before, after)
    yield from _body(old.get("requestBody"), new.get("requestBody"), before, after)
    yield from _responses(old["responses"], new["responses"], before, after)


def _parameters(old: Schema, new: Schema, before: Schema, after: Schema) -> _Found:
    known, offered = _by_name(old), _by_name(new)
    for name, parameter in offered.items():
        if parameter.get("required") and not known.get(name, {}).get("required"):
            what = "is required now"
            yield _named(name), what, f"Make it optional, or {_PATH}"
    for name, parameter in known.items():
        if name not in offered:
            yield _named(name), "is gone, and unknown parameters are refused", f"Take it{_AFTER}"
            continue
        yield from _schemas(
            parameter["schema"], offered[name]["schema"], "request", before, after, _named(name)
        )


def _by_name(operation: Schema) -> dict[tuple[str, str], Schema]:
    return {(one["in"], one["name"].lower()): one for one in operation.get("parameters", ())}


def _named(name: tuple[str, str]) -> str:
    return f"{name[0]} parameter `{name[1]}`"


def _body(old: Schema | None, new: Schema | None, before: Schema, after: Schema) -> _Found:
    if new is None:
        if old is not None:
            yield "body", "is not taken any more", f"Take it{_AFTER}"
        return
    if new.get("required") and not (old or {}).get("required"):
        yield "body", "is required now", f"Make it optional, or {_PATH}"
    if old is not None:
        yield from _contents(old, new, "request", before, after, "body")


def _responses(old: Schema, new: Schema, before: Schema, after: Schema) -> _Found:
    for status, response in old.items():
        if status not in new:
            yield status, "is not answered any more", f"Answer as it was, or {_PATH}"
            continue
        yield from _contents(response, new[status], "response", before, after, f"{status} body")
        yield from _headers(response, new[status], before, after, status)
    for status in new.keys() - old.keys():
        if status.startswith("2"):
            yield status, "is a new way to succeed", f"Answer as it was, or {_PATH}"


def _headers(old: Schema, new: Schema, before: Schema, after: Schema, status: str) -> _Found:
    offered = new.get("headers", {})
    for name, header in old.get("headers", {}).items():
        field = f"{status} header `{name}`"
        if name not in offered:
            yield field, "is gone", f"Send it{_AFTER}"
            continue
        if header.get("required") and not offered[name].get("required"):
            yield field, "is not always there any more", f"Send it always{_AFTER}"
        yield from _schemas(
            header["schema"], offered[name]["schema"], "response", before, after, field
        )


def _contents(
    old: Schema, new: Schema, direction: Direction, before: Schema, after: Schema, field: str
) -> _Found:
    known: Mapping[str, Any] = old.get("content", {})
    offered: Mapping[str, Any] = new.get("content", {})
    for media_type, content in known.items():
        if media_type not in offered:
            yield field, f"is not {media_type} any more", f"Speak it as well{_AFTER}"
            continue
        yield from _schemas(
            content.get("schema", {}),
            offered[media_type].get("schema", {}),
            direction,
            before,
            after,
            field,
        )


def _schemas(
    old: Schema, new: Schema, direction: Direction, before: Schema, after: Schema, field: str
) -> _Found:
    for change in changes(old, new, direction, old_document=before, new_document=after):
        place = f"{field} `{change.place}`" if change.place else field
        yield place, change.what, f"{_FIELD[0].upper()}{_FIELD[1:]}{_AFTER}"
