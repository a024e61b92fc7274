"""Whether a schema of an API can be what another was, for whoever writes it or reads it.

A request is written by clients of yesterday: what they may send must still be taken. An answer is
read by them: only what they know may be said, and what was always said must still be.

Descriptions, titles, examples and defaults are words to a reader. A keyword that is neither words
nor known here is compared as it stands, so that nothing passes because nobody thought of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from platform_core.types import END

Schema = Mapping[str, Any]
Direction = Literal["request", "response"]

_WORDS: Final = frozenset({"title", "description", "examples", "example", "default", "deprecated"})
_HANDLED: Final = frozenset(
    {"$ref", "type", "anyOf", "oneOf", "enum", "const", "properties", "required"}
    | {"additionalProperties", "items", "discriminator"}
)
# A bound and whether a greater value lets less through.
_BOUNDS: Final = {
    "minimum": True,
    "exclusiveMinimum": True,
    "minLength": True,
    "minItems": True,
    "minProperties": True,
    "maximum": False,
    "exclusiveMaximum": False,
    "maxLength": False,
    "maxItems": False,
    "maxProperties": False,
}
_SAME: Final = ("format", "pattern", "multipleOf", "uniqueItems")
_JUDGED: Final = _WORDS | _HANDLED | _BOUNDS.keys() | set(_SAME)


class Change(msgspec.Struct, frozen=True):
    """What changed for the worse, at a place such as `items[].id`."""

    place: str
    what: str


class Alternatives(msgspec.Struct, frozen=True):
    """A schema taken apart: what it may be by a name for each, and whether it may be null."""

    by_name: Mapping[str, Schema]
    nullable: bool


def changes(
    old: Schema,
    new: Schema,
    direction: Direction,
    *,
    old_document: Schema,
    new_document: Schema,
    place: str = "",
) -> list[Change]:
    """What of `new` breaks those who write (`request`) or read (`response`) by `old`."""
    comparison = _Comparison(direction, old_document, new_document)
    return list(comparison.schemas(old, new, place))


class _Comparison:
    def __init__(self, direction: Direction, old_document: Schema, new_document: Schema) -> None:
        self._request = direction == "request"
        self._old_document = old_document
        self._new_document = new_document
        self._under_way: set[tuple[str, str]] = set()

    def schemas(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        names = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if all(names):
            if names in self._under_way:
                return
            self._under_way.add(names)
        before = _alternatives(old, self._old_document)
        after = _alternatives(new, self._new_document)
        yield from self._null(before, after, place)
        yield from self._variants(before.by_name, after.by_name, place)
        if all(names):
            self._under_way.discard(names)

    def _null(self, old: Alternatives, new: Alternatives, place: str) -> Iterator[Change]:
        if self._request and old.nullable and not new.nullable:
            yield Change(place, "null is no longer accepted")
        if not self._request and new.nullable and not old.nullable:
            yield Change(place, "may be null now")

    def _variants(
        self, old: Mapping[str, Schema], new: Mapping[str, Schema], place: str
    ) -> Iterator[Change]:
        if len(old) == len(new) == 1:
            [(before, after)] = zip(old.values(), new.values(), strict=True)
            yield from self._one(before, after, place)
            return
        for name in old.keys() & new.keys():
            yield from self._one(old[name], new[name], f"{place}<{name}>")
        if self._request:
            for name in sorted(old.keys() - new.keys()):
                yield Change(place, f"{name} is no longer accepted")
        else:
            for name in sorted(new.keys() - old.keys()):
                yield Change(place, f"may be {name} now")

    def _one(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        if old.get("type") != new.get("type"):
            known = not self._request and "type" not in old
            if not known and not (self._request and "type" not in new):
                yield Change(place, f"was {_kind(old)}, is {_kind(new)}")
                return
        yield from self._values(old, new, place)
        yield from self._bounds(old, new, place)
        yield from self._properties(old, new, place)
        if "items" in old and "items" in new:
            yield from self.schemas(old["items"], new["items"], f"{place}[]")
        elif self._request and "items" in new:
            yield Change(f"{place}[]", "what it may hold is narrower")
        elif not self._request and "items" in old:
            yield Change(f"{place}[]", "may hold anything now")
        for key in sorted((old.keys() | new.keys()) - _JUDGED):
            if old.get(key) != new.get(key):
                yield Change(place, f"`{key}` changed, which this check cannot judge")

    def _values(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        before, after = _listed(old), _listed(new)
        if self._request and after is not None:
            if before is None:
                yield Change(place, "takes only listed values now")
                return
            for value in before:
                if value not in after:
                    yield Change(place, f"the value {value!r} is no longer accepted")
        if not self._request and before is not None:
            if after is None:
                yield Change(place, "may have values that were not listed")
                return
            for value in after:
                if value not in before:
                    yield Change(place, f"may have the new value {value!r}")

    def _bounds(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        if not self._request:
            if "format" in old and new.get("format") != old["format"]:
                yield Change(place, f"was {_kind(old)}, is {_kind(new)}")
            return  # Readers hold nobody to bounds.
        for key, greater_is_narrower in _BOUNDS.items():
            before, after = old.get(key), new.get(key)
            if after is None or after == before:
                continue
            if before is None or (after > before) == greater_is_narrower:
                yield Change(place, f"{key} was {before}, is {after}: less is accepted")
        for key in _SAME:
            if key in new and _meaning(new[key]) != _meaning(old.get(key)):
                yield Change(place, f"{key} was {old.get(key)!r}, is {new[key]!r}")

    def _properties(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        before: Schema = old.get("properties", {})
        after: Schema = new.get("properties", {})
        must_before, must_after = set(old.get("required", ())), set(new.get("required", ()))
        for name in before.keys() & after.keys():
            yield from self.schemas(before[name], after[name], _below(place, name))
        for name in sorted(before.keys() - after.keys()):
            yield Change(_below(place, name), "is gone")
        if self._request:
            for name in sorted(must_after - must_before):
                yield Change(_below(place, name), "is required now")
        else:
            for name in sorted((must_before - must_after) & after.keys()):
                yield Change(_below(place, name), "is not always there any more")
        yield from self._extra(old, new, place)

    def _extra(self, old: Schema, new: Schema, place: str) -> Iterator[Change]:
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from self.schemas(before, after, f"{place}{{}}")
        elif before != after:
            narrower = after is not True if self._request else before is not True
            # An answer that only lists more fields tells its readers nothing that they must know.
            if narrower and (self._request or isinstance(before, Mapping)):
                yield Change(place, "other fields are no longer what they were")


def _alternatives(schema: Schema, document: Schema) -> Alternatives:
    by_name: dict[str, Schema] = {}
    nullable = False
    for name, one in _flat(schema, document, ""):
        values = _listed(one)
        if one.get("type") == "null":
            nullable = True
            continue
        while name in by_name:
            name += "'"  # noqa: PLW2901 - two alternatives of one kind: told apart by their place
        if values is not None and None in values:
            nullable = True
            values.remove(None)
            by_name[name] = {**_without(one, "const"), "enum": values}
        else:
            by_name[name] = one
    return Alternatives(by_name, nullable)


def _flat(schema: Schema, document: Schema, name: str) -> Iterator[tuple[str, Schema]]:
    """The alternatives of a schema, each with a name that stays the same as long as it does."""
    if "$ref" in schema:
        target = str(schema["$ref"])
        beside = {key: value for key, value in schema.items() if key not in {"$ref", *_WORDS}}
        yield from _flat(
            {**_resolve(target, document), **beside}, document, target.rpartition("/")[2]
        )
        return
    for key in ("anyOf", "oneOf"):
        if key in schema:
            # Bounds beside the alternatives hold for each of them.
            beside = {other: value for other, value in schema.items() if other != key}
            beside = {other: value for other, value in beside.items() if other != "discriminator"}
            for one in schema[key]:
                merged = one if one.get("type") == "null" else {**beside, **one}
                yield from _flat(merged, document, "")
            return
    kinds = schema.get("type")
    if isinstance(kinds, list):
        for kind in kinds:
            yield from _flat({**schema, "type": kind}, document, "")
        return
    yield name or _kind(schema), schema


def _resolve(reference: str, document: Schema) -> Schema:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    resolved: Schema = found
    return resolved


def _listed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if "enum" in schema else None


def _without(schema: Schema, key: str) -> Schema:
    return {name: value for name, value in schema.items() if name != key}


def _kind(schema: Schema) -> str:
    kind = schema.get("type", "anything")
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _meaning(value: object) -> object:
    """A pattern's end is the end of the text in JSON Schema's dialect, however it is written; `$`
    is also before a last newline in Python's, so we write it in full."""
    if isinstance(value, str) and value.endswith(END):
        return value.removesuffix(END) + "$"
    return value
