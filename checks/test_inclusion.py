"""Whether one schema allows what another does: a table of what must pass and what must not."""

from typing import Any

import msgspec
import pytest

from checks.contracts.inclusion import gaps

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NULL: Schema = {"type": "null"}


def event(*required: str, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


FITTING: list[tuple[str, Schema, Schema]] = [
    ("the same", TEXT, TEXT),
    ("anything is read", TEXT, {}),
    ("a whole number is a number", {"type": "integer"}, {"type": "number"}),
    ("words of more words", {"enum": ["a"]}, {"enum": ["a", "b"]}),
    ("words where text is read", {"enum": ["a"]}, TEXT),
    ("a constant among words", {"const": "a"}, {"enum": ["a", "b"]}),
    ("never null where null is read too", TEXT, {"anyOf": [TEXT, NULL]}),
    ("null and text in another order", {"anyOf": [NULL, TEXT]}, {"type": ["string", "null"]}),
    ("tighter bounds", {"type": "integer", "minimum": 3}, {"type": "integer", "minimum": 1}),
    ("more fields than are read", event("a", a=TEXT, b=TEXT), event("a", a=TEXT)),
    ("promised, read as optional", event("a", a=TEXT), event(a=TEXT)),
    ("optional on both sides", event(a=TEXT), event(a=TEXT)),
    (
        "lists of the same",
        {"type": "array", "items": {"$ref": "#/$defs/X"}, "$defs": {"X": event("a", a=TEXT)}},
        {"type": "array", "items": event("a", a=TEXT)},
    ),
    (
        "words and null among words and null",
        {"anyOf": [{"enum": ["a", "b"]}, NULL]},
        {"anyOf": [NULL, {"enum": ["b", "a", "c"]}]},
    ),
    ("free maps", {"type": "object", "additionalProperties": TEXT}, {"type": "object"}),
]

APART: list[tuple[str, Schema, Schema, str, str]] = [
    ("another type", event("a", a={"type": "integer"}), event("a", a=TEXT), "a", "is integer"),
    ("a number for a whole one", {"type": "number"}, {"type": "integer"}, "", "is number"),
    ("optional, required", event(a=TEXT), event("a", a=TEXT), "a", "may be absent"),
    ("gone, required", event(), event("a", a=TEXT), "a", "is never said"),
    ("gone, optional", event(b=TEXT), event(a=TEXT), "a", "the contract reads it"),
    (
        "null where it is not read",
        event("a", a={"anyOf": [TEXT, NULL]}),
        event("a", a=TEXT),
        "a",
        "is null, the contract reads string",
    ),
    ("a new word", {"enum": ["a", "b"]}, {"enum": ["a"]}, "", '"b"'),
    ("text where words are read", TEXT, {"enum": ["a"]}, "", "knows only"),
    ("another constant", {"const": "b"}, {"const": "a"}, "", '"b"'),
    ("true is not 1", {"const": True}, {"enum": [1]}, "", "true"),
    ("no format", TEXT, {"type": "string", "format": "uuid"}, "", "format uuid"),
    (
        "another format",
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
        "",
        "promised is date",
    ),
    ("no upper bound", TEXT, {"type": "string", "maxLength": 5}, "", "maxLength 5"),
    (
        "a lower bound",
        {"type": "integer", "minimum": 0},
        {"type": "integer", "minimum": 1},
        "",
        "minimum 1",
    ),
    ("anything where text is read", {}, TEXT, "", "is anything"),
    (
        "closed to new fields",
        event("a", a=TEXT),
        event() | {"additionalProperties": False},
        "",
        "forbids",
    ),
    (
        "deep in a list",
        event("a", a={"type": "array", "items": event(b=TEXT)}),
        event("a", a={"type": "array", "items": event("b", b=TEXT)}),
        "a[].b",
        "may be absent",
    ),
    (
        "deep in what may be null",
        event("a", a={"anyOf": [event("b", b=TEXT), NULL]}),
        event("a", a={"anyOf": [event("b", b={"enum": ["x"]}), NULL]}),
        "a.b",
        "knows only",
    ),
    (
        "values of a map",
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        "{}",
        "is string",
    ),
    ("a keyword that is not understood", TEXT, {"not": TEXT}, "", "does not understand"),
]


@pytest.mark.parametrize(
    ("said", "read"), [row[1:] for row in FITTING], ids=[r[0] for r in FITTING]
)
def test_what_fits(said: Schema, read: Schema) -> None:
    assert gaps(said, read) == []


@pytest.mark.parametrize(
    ("said", "read", "field", "what"), [row[1:] for row in APART], ids=[row[0] for row in APART]
)
def test_what_does_not(said: Schema, read: Schema, field: str, what: str) -> None:
    (gap,) = gaps(said, read)
    assert gap.field == field
    assert what in gap.what


def test_a_schema_of_msgspec_includes_itself() -> None:
    from proto_events.sessions import SessionMessageRecorded  # noqa: PLC0415

    schema = msgspec.json.schema(SessionMessageRecorded)
    assert gaps(schema, schema) == []
