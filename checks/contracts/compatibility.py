"""Whether the events still keep what the last release promised.

Within a version only optional fields are added, at any depth. Two readers must go on working:

- the one of yesterday reads what we say today, so nothing may be said that its schema does not
  know: no field that was always there may be absent or null, no value of another type or outside
  of the old bounds, no new value of an enum (our own decoders refuse what an enum does not list).
- the one of today reads what was said yesterday, from the event log, the stream or a queue, so
  nothing may be asked that was not said: no new required field, no field that became required, no
  narrower enum, type or bound.

Together they leave only equal fields. That an optional field goes, or that its default becomes
another, breaks no decoder and is refused too: somebody reads it and would find nothing, or
something else. A field that is to take values that nobody can list yet is declared open from the
start, as a string with `examples`; an enum is closed.

Beside the fields: the exchange, the aggregate (whose version is `sequence`), the producer (the
`source`) and the person stay; the class of data may rise, as an optional field may tell more, and
a person may be named where none was; neither is taken back, or what was published could no longer
be found and scrubbed. An event goes only when a later version of it has been released and no
contract reads the old one. Words (title, description, examples) may change at any time.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from checks.contracts.places import Document

_WORDS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples"})
_STRUCTURE: Final = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "prefixItems", "anyOf"}
    | {"enum", "const", "$ref"}
)
_CLASSES: Final = ("none", "personal", "sensitive")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One promise that is broken. `field` is a path such as `data.party[].kind`, or empty."""

    type: str
    field: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.type}, field {self.field}" if self.field else self.type
        return f"{place}: {self.what}. {self.remedy}, then `make contracts`."


def problems(
    released: Mapping[str, Document],
    current: Mapping[str, Document],
    readers: Mapping[str, Sequence[str]],
) -> list[Problem]:
    """What is broken of the released schemas, by type; `readers` names the consumers of each."""
    found: list[Problem] = []
    for name, old in sorted(released.items()):
        if name in current:
            found += _Comparison(name, old, current[name]).problems()
        else:
            found += _removed(name, released, readers.get(name, []))
    return found


def shape(schema: Any) -> Any:
    """A schema without its words: two with the same shape say the same to a program."""
    if isinstance(schema, list):
        return [shape(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: shape(one) for name, one in part.items()}
        if key in {"properties", "$defs"}
        else part
        if key in {"enum", "const", "default"}
        else shape(part)
        for key, part in schema.items()
        if key == "$defs" or key not in _WORDS
    }


def _removed(
    name: str, released: Mapping[str, Document], readers: Sequence[str]
) -> Iterator[Problem]:
    later = [other for other in released if _version(other) > _version(name)]
    if not any(_stem(other) == _stem(name) for other in later):
        yield Problem(
            type=name,
            field="",
            what="the event was removed, and no later version of it is released",
            remedy=f"Put it back; release `{_next(name)}` beside it first",
        )
    elif readers:
        yield Problem(
            type=name,
            field="",
            what=f"the event was removed, and {', '.join(readers)} still read it",
            remedy="Put it back until their contracts name the later version",
        )


def _stem(name: str) -> str:
    return name.rpartition(".v")[0]


def _version(name: str) -> int:
    return int(name.rpartition(".v")[2])


def _next(name: str) -> str:
    return f"{_stem(name)}.v{_version(name) + 1}"


class _Comparison:
    """Walks two schemas of one event side by side and collects what is broken."""

    def __init__(self, name: str, old: Document, new: Document) -> None:
        self._name = name
        self._old = old
        self._new = new
        self._walked: set[tuple[str, str]] = set()
        self._found: list[Problem] = []

    def problems(self) -> list[Problem]:
        self._marks()
        self._walk("", self._old, self._new)
        return self._found

    def _add(self, field: str, what: str, remedy: str | None = None) -> None:
        beside = f"Leave {self._name} as it was released and say it in `{_next(self._name)}` beside"
        self._found.append(
            Problem(type=self._name, field=field, what=what, remedy=remedy or f"{beside} it")
        )

    def _marks(self) -> None:
        for mark in ("x-exchange", "x-aggregate", "x-producer"):
            old, new = self._old[mark], self._new[mark]
            if old != new:
                self._add("", f"its {mark[2:]} was {old}, is {new}")
        old, new = self._old["x-person"], self._new["x-person"]
        if old is not None and old != new:
            self._add("", f"its person was the field {old}, is {new or 'nobody'}")
        old, new = self._old["x-data-class"], self._new["x-data-class"]
        if _CLASSES.index(new) < _CLASSES.index(old):
            self._add(
                "",
                f"its class of data was lowered from {old} to {new}",
                f"Leave it {old}: what was published is still {old}",
            )

    def _walk(self, field: str, old: Document, new: Document) -> None:
        pair = old.get("$ref", ""), new.get("$ref", "")
        if all(pair):
            if pair in self._walked:
                return
            self._walked.add(pair)
        was_null, old_kinds = self._alternatives(self._resolved(old, self._old), self._old)
        is_null, new_kinds = self._alternatives(self._resolved(new, self._new), self._new)
        if was_null and not is_null:
            self._add(field, "may no longer be null, and was said as null")
        if is_null and not was_null:
            self._add(field, "may now be null, and was never")
        if len(old_kinds) == len(new_kinds) == 1:
            self._one(field, *old_kinds.values(), *new_kinds.values())
            return
        for kind in sorted(old_kinds.keys() | new_kinds.keys()):
            if kind not in new_kinds:
                self._add(field, f"may no longer be {kind}")
            elif kind not in old_kinds:
                self._add(field, f"may now be {kind}")
            else:
                self._one(field, old_kinds[kind], new_kinds[kind])

    def _one(self, field: str, old: Document, new: Document) -> None:
        """Two schemas without alternatives."""
        was, now = old.get("type", "any"), new.get("type", "any")
        if was != now:
            self._add(field, f"was of type {was}, is {now}")
            return
        self._values(field, old, new)
        if "properties" in old and "properties" in new:
            self._fields(field, old, new)
        elif "properties" in old or "properties" in new:
            self._add(field, "was an object of other fields")
        for part, suffix in (("additionalProperties", ".*"), ("items", "[]")):
            if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
                self._walk(field + suffix, old[part], new[part])
            elif old.get(part) != new.get(part):
                self._add(field + suffix, f"was {_said(old.get(part))}, is {_said(new.get(part))}")
        if old.get("prefixItems") != new.get("prefixItems"):
            self._add(field, "has other items in their places")
        for key in sorted((old.keys() | new.keys()) - _WORDS - _STRUCTURE):
            if not key.startswith("x-") and old.get(key) != new.get(key):
                self._add(field, f"its {key} was {_said(old.get(key))}, is {_said(new.get(key))}")

    def _values(self, field: str, old: Document, new: Document) -> None:
        before, after = _closed(old), _closed(new)
        if before is None and after is None:
            return
        if before is None or after is None:
            change = "was open and is now an enum" if before is None else "was an enum and is open"
            self._add(field, change)
            return
        if gone := sorted(before - after):
            self._add(
                field,
                f"its enum was narrowed: {', '.join(gone)} went, and history holds it",
                "Put the value back; a producer may simply cease to say it",
            )
        if come := sorted(after - before):
            self._add(
                field, f"its enum was widened: {', '.join(come)} came, and old readers refuse it"
            )

    def _fields(self, field: str, old: Document, new: Document) -> None:
        before, after = old["properties"], new["properties"]
        had, has = set(old.get("required", [])), set(new.get("required", []))
        come = [name for name in after if name not in before]
        for name in before:
            path = f"{field}.{name}" if field else name
            if name not in after:
                likely = [other for other in come if shape(after[other]) == shape(before[name])]
                renamed = f", or renamed to {likely[0]}" if likely else ""
                self._add(path, f"was removed{renamed}")
                continue
            known = len(self._found)
            if name in had and name not in has:
                self._add(path, "was required, is optional: readers rely on it")
            elif name in has and name not in had:
                self._add(
                    path,
                    "became required, and history lacks it",
                    "Give it its default back; a producer may always say it",
                )
            ours, theirs = before[name], after[name]
            if len(self._found) > known:  # a default comes and goes with this
                ours, theirs = _without_default(ours), _without_default(theirs)
            elif _default(ours) != _default(theirs):
                self._add(
                    path,
                    f"its default was {_default(ours)}, is {_default(theirs)}",
                    "Put the default back: what was said without the field means the old one",
                )
            self._walk(path, _without_default(ours), _without_default(theirs))
        for name in come:
            if name in has:
                self._add(
                    f"{field}.{name}" if field else name,
                    "is new and required, and history lacks it",
                    f"Give it a default, or say it in `{_next(self._name)}` beside {self._name}",
                )

    def _resolved(self, schema: Document, whole: Document) -> Document:
        if "$ref" not in schema:
            return schema
        definition: Document = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        return definition

    def _alternatives(self, schema: Document, whole: Document) -> tuple[bool, dict[str, Document]]:
        """Whether null is one, and the others by their kind."""
        kinds: dict[str, Document] = {}
        for part in schema.get("anyOf", [schema]):
            one = self._resolved(part, whole)
            kinds[_kind(part, one)] = one
        null = kinds.pop("null", None)
        return null is not None, kinds


def _kind(part: Document, resolved: Document) -> str:
    """What tells an alternative from the others: a Struct by its name, the rest by their type."""
    if "$ref" in part:
        return str(part["$ref"].rpartition("/")[2])
    kind = str(resolved.get("type", "any"))
    return f"{kind} ({resolved['format']})" if "format" in resolved else kind


def _closed(schema: Document) -> set[str] | None:
    if "enum" in schema:
        return {_said(value) for value in schema["enum"]}
    return {_said(schema["const"])} if "const" in schema else None


def _default(schema: Document) -> str:
    return _said(schema["default"]) if "default" in schema else "absent"


def _without_default(schema: Document) -> Document:
    return {key: part for key, part in schema.items() if key != "default"}


def _said(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, sort_keys=True)
