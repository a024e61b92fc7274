"""Whether everything that one JSON Schema allows is allowed by another.

The one is the producer's schema of an event, the other what a consumer says that it reads. Of JSON
Schema 2020-12 this knows the keywords that our schemas have and those that a contract is likely to
have; where it meets another that constrains, it says so instead of letting it pass.

Three things are asked for beyond the logic of the standard: a field that the contract has must be
one that the producer knows, or it was renamed or taken away and the consumer waits for it in vain;
a contract is open to further fields, for producers add optional ones within a version; and a format
is a promise, so it is compared like a type.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

Schema = Mapping[str, Any]

_WORDS: Final = frozenset({"$schema", "$id", "$defs", "$comment", "title", "description"}) | {
    "default",
    "examples",
    "deprecated",
}
_KNOWN: Final = _WORDS | {
    *("$ref", "anyOf", "oneOf", "type", "const", "enum", "format", "pattern"),
    *("properties", "required", "additionalProperties", "items", "uniqueItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
}
_AT_LEAST: Final = (*("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"),)
_AT_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SAME: Final = ("format", "pattern", "multipleOf", "uniqueItems")


class Gap(msgspec.Struct, frozen=True, order=True):
    """Where the producer may say what the consumer does not read; `field` is a path in the event,
    empty for the event itself."""

    field: str
    what: str


def gaps(producer: Schema, contract: Schema) -> list[Gap]:
    """Every place where the contract is narrower than the producer's schema, by field."""
    return sorted(set(_gaps(producer, contract, "", (producer, contract))))


_Roots = tuple[Schema, Schema]


def _gaps(said: Schema, read: Schema, field: str, roots: _Roots) -> Iterator[Gap]:
    said, read = _resolved(said, roots[0]), _resolved(read, roots[1])
    if strange := sorted(key for key in read if key not in _KNOWN and not key.startswith("x-")):
        yield Gap(field, f"the contract says {strange}, which this check does not understand")
        return
    branches = _branches(said)
    if len(branches) > 1:
        for branch in branches:
            yield from _gaps(branch, read, field, roots)
        return
    (said,) = branches
    if "enum" in said and len(said["enum"]) > 1:
        for value in said["enum"]:
            yield from _gaps({**said, "enum": [value]}, read, field, roots)
        return
    readings = [_resolved(one, roots[1]) for one in _branches(read)]
    tried = [list(_against(said, one, field, roots)) for one in readings]
    if [] in tried:
        return
    # What differs least is what was meant; of a field that may be null, not the null.
    fitting = [one for one, way in zip(tried, readings, strict=True) if _kinds(said) <= _kinds(way)]
    if len(readings) > 1 and not fitting:
        yield Gap(field, f"may be {_named(said)}, which the contract does not have")
        return
    yield from min(fitting or tried, key=len)


def _against(said: Schema, read: Schema, field: str, roots: _Roots) -> Iterator[Gap]:
    """One kind of value against one kind of reading."""
    values = _values(said)
    if not _kinds(said) <= _kinds(read):
        yield Gap(field, f"is {_named(said)}, the contract reads {_named(read)}")
        return
    wanted = _values(read)
    if wanted is not None and (values is None or not _included(values, wanted)):
        yield Gap(field, f"may be {_named(said)}, the contract knows only {_shown(wanted)}")
        return
    if values is not None:
        return  # A set of words of the right kind: bounds and formats are the words' own.
    for key in _SAME:
        if key in read and said.get(key) != read[key]:
            yield _unpromised(field, key, said, read)
    for key in _AT_LEAST:
        if key in read and (key not in said or said[key] < read[key]):
            yield _unpromised(field, key, said, read)
    for key in _AT_MOST:
        if key in read and (key not in said or said[key] > read[key]):
            yield _unpromised(field, key, said, read)
    if "object" in _kinds(said):
        yield from _members(said, read, field, roots)
    if "array" in _kinds(said) and "items" in read:
        yield from _gaps(said.get("items", {}), read["items"], f"{field}[]", roots)


def _unpromised(field: str, key: str, said: Schema, read: Schema) -> Gap:
    promised = said.get(key, "none")
    return Gap(field, f"the contract asks for {key} {read[key]}, promised is {promised}")


def _members(said: Schema, read: Schema, field: str, roots: _Roots) -> Iterator[Gap]:
    known, promised = said.get("properties", {}), said.get("required", ())
    for name in read.get("required", ()):
        if name not in promised:
            why = "may be absent" if name in known else "is never said"
            yield Gap(_below(field, name), f"{why}, the contract requires it")
    for name, reading in read.get("properties", {}).items():
        if name in known:
            yield from _gaps(known[name], reading, _below(field, name), roots)
        elif name not in read.get("required", ()):
            yield Gap(_below(field, name), "is never said, the contract reads it")
    others = read.get("additionalProperties", True)
    if others is False:
        yield Gap(field, "further fields may be added within a version, the contract forbids them")
    elif isinstance(others, Mapping) and others and "properties" not in read:
        free = said.get("additionalProperties", {})
        yield from _gaps(free if isinstance(free, Mapping) else {}, others, f"{field}{{}}", roots)


def _resolved(schema: Any, root: Schema) -> Schema:
    """The schema with its reference followed; `true` allows everything."""
    if schema is True:
        return {}
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**root["$defs"][name], **rest}
    found: Schema = schema
    return found


def _branches(schema: Schema) -> Sequence[Schema]:
    """The alternatives, each by itself, with what stands beside them."""
    for key in ("anyOf", "oneOf"):
        if key in schema:
            rest = {name: value for name, value in schema.items() if name != key}
            return [{**rest, **one} for one in schema[key]]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": one} for one in schema["type"]]
    return [schema]


_ALL: Final = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


def _kinds(schema: Schema) -> frozenset[str]:
    """The types that a schema without alternatives allows."""
    if "type" in schema:
        kinds = {schema["type"]}
    elif (values := _values(schema)) is not None:
        kinds = {_kind(value) for value in values}
    elif "properties" in schema:
        kinds = {"object"}
    else:
        return _ALL
    return frozenset(kinds | {"integer"} if "number" in kinds else kinds)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _values(schema: Schema) -> list[Any] | None:
    """The words that a schema allows; None when it allows more than some words."""
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _included(values: Sequence[Any], wanted: Sequence[Any]) -> bool:
    # Through JSON, for True is 1 to Python.
    known = {json.dumps(value, sort_keys=True) for value in wanted}
    return all(json.dumps(value, sort_keys=True) in known for value in values)


def _named(schema: Schema) -> str:
    values = _values(schema)
    if values is not None:
        return _shown(values)
    return "anything" if _kinds(schema) == _ALL else str(schema.get("type", "object"))


def _shown(values: Sequence[Any]) -> str:
    return " | ".join(json.dumps(value) for value in values)


def _below(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name
