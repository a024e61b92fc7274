"""The fields of an event in words, read from its schema."""

from typing import Final

import msgspec

from checks.contracts.json_schema import data_of
from checks.contracts.places import Document

_ANYTHING: Final = {"boolean", "number", "string", "array", "object"}

_BOUNDS: Final = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "like `{}`",
}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field: `required` says whether it is always there."""

    name: str
    type: str
    required: bool
    note: str


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of the data, or of a Struct inside of it."""

    title: str
    about: str
    fields: list[Field]


def tables(schema: Document) -> list[Table]:
    """The data's fields, then those of each Struct inside, in the order of their first use."""
    definitions: dict[str, Document] = schema["$defs"]
    data = data_of(schema)
    found = [Table(title="Fields", about="", fields=_fields(data))]
    waiting = _references(data)
    done: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        if name in done:
            continue
        done.add(name)
        definition = definitions[name]
        about = str(definition.get("description", ""))
        found.append(Table(title=name, about=about, fields=_fields(definition)))
        waiting += _references(definition)
    return found


def type_of(schema: Document) -> str:
    """A type in words: `uuid`, `list of Poll`, `string or null`."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        kinds = [type_of(part) for part in schema["anyOf"]]
        if {kind.partition(" ")[0] for kind in kinds} > _ANYTHING | {"null"}:
            return "any JSON"
        return " or ".join(kinds)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    kind = str(schema.get("type", "any JSON"))
    if kind == "array" and "items" in schema:
        return f"list of {type_of(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map of {type_of(schema['additionalProperties'])}"
    return str(schema.get("format", kind))


def _fields(definition: Document) -> list[Field]:
    required = definition.get("required", [])
    return [
        Field(name=name, type=type_of(one), required=name in required, note=_note(one))
        for name, one in definition.get("properties", {}).items()
    ]


def _note(schema: Document) -> str:
    """What is known beside the type: the description, bounds, and what absence means."""
    notes = [str(schema["description"])] if "description" in schema else []
    for part in [schema, *schema.get("anyOf", [])]:
        notes += [words.format(part[key]) for key, words in _BOUNDS.items() if key in part]
    if schema.get("default") is not None:
        notes.append(f"absent means {msgspec.json.encode(schema['default']).decode()}")
    return "; ".join(note.rstrip(".") for note in notes)


def _references(schema: object) -> list[str]:
    """The definitions that a schema uses itself, in order."""
    if isinstance(schema, list):
        return [name for part in schema for name in _references(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].rpartition("/")[2]] if isinstance(schema.get("$ref"), str) else []
    return own + [name for part in schema.values() for name in _references(part)]
