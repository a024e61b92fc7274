"""JSON Schema 2020-12 of every event: the whole envelope with its data, self-contained.

A schema says what the producer sends and tolerates fields that it does not know, as our decoder
does. Beside the standard's keywords stand `x-aggregate`, `x-producer`, `x-data-class`, `x-person`
(the field of the data with the id of the person, or null) and `x-exchange`.
"""

import inspect
import json
from typing import Any, Final

import msgspec

from checks.contracts.places import Document
from proto_events import catalogue, envelope, registry
from proto_events.examples import envelope_of

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_ATTRIBUTES: Final = {
    "specversion": "The version of CloudEvents.",
    "id": "Tells the event apart: a UUIDv7. Deliveries repeat; deduplicate by it.",
    "source": "The service that says it.",
    "type": "The name of the event and its version; the routing key.",
    "subject": "The id of the aggregate.",
    "time": "When it was said.",
    "datacontenttype": "The media type of `data`.",
    "dataschema": "The address of this schema.",
    "tenantid": "The customer whose data this is.",
    "projectid": "The project of the tenant.",
    "partitionkey": "What has the same key is published in order.",
    "sequence": "The version of the aggregate: a copy applies only a higher one.",
    "correlationid": "The id of the first event of the chain.",
    "causationid": "The id of the event or request that led to this one.",
    "traceparent": "W3C Trace Context.",
    "data": "The fact itself.",
}


def types() -> list[str]:
    """The types of the package, sorted; a test run may have registered others beside them."""
    assert catalogue.MODULES  # importing it is what fills the registry
    return [
        name for name in registry.types() if _struct(name).__module__.startswith("proto_events.")
    ]


def documents() -> dict[str, Document]:
    """The schema of every type."""
    return {name: document(name) for name in types()}


def document(type_name: str) -> Document:
    """The schema of one type.

    Raises:
        KeyError: the type is not known here.
    """
    struct = _struct(type_name)
    info = registry.info_of(struct)
    _, found = msgspec.json.schema_components(
        [envelope.Envelope, struct], ref_template="#/$defs/{name}"
    )
    definitions = {name: _tidied(found[name]) for name in sorted(found)}
    frame = definitions.pop(envelope.Envelope.__name__)
    fixed = {
        "source": f"ventros/{info.producer}",
        "type": info.type,
        "datacontenttype": "application/json",
        "dataschema": envelope.schema_address(info.type),
    }
    attributes: Document = {}
    for name, schema in frame["properties"].items():
        attributes[name] = {"description": _ATTRIBUTES[name], **schema}
        if name in fixed:
            attributes[name] |= {"const": fixed[name]}
        # Every attribute is on the wire, so no default stands for an absent one.
        attributes[name].pop("default", None)
    attributes["specversion"] = {"description": _ATTRIBUTES["specversion"], "const": "1.0"}
    attributes["data"] = {
        "description": _ATTRIBUTES["data"],
        "$ref": f"#/$defs/{struct.__name__}",
    }
    return {
        "$schema": DIALECT,
        "$id": envelope.schema_address(info.type),
        "title": info.type,
        "description": inspect.cleandoc(struct.__doc__ or ""),
        "type": "object",
        "properties": attributes,
        "required": [name for name in attributes if name not in {"causationid", "traceparent"}],
        "x-aggregate": info.aggregate,
        "x-producer": info.producer,
        "x-data-class": info.data_class,
        "x-person": info.person,
        "x-exchange": info.exchange,
        "examples": [json.loads(envelope.encode(envelope_of(type_name)))],
        "$defs": definitions,
    }


def data_of(schema: Document) -> Document:
    """The definition of an event's data in its schema."""
    name = schema["properties"]["data"]["$ref"].rpartition("/")[2]
    definition: Document = schema["$defs"][name]
    return definition


def _struct(type_name: str) -> type[msgspec.Struct]:
    struct = registry.struct_of(type_name)
    if struct is None:
        raise KeyError(type_name)
    return struct


def _tidied(schema: Any) -> Any:
    """Docstrings without the indentation of their source; enums of words say that they are."""
    if isinstance(schema, list):
        return [_tidied(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {
        key: inspect.cleandoc(part)
        if key == "description" and isinstance(part, str)
        else part
        if key in {"enum", "examples", "default", "required"}
        else _tidied(part)
        for key, part in schema.items()
    }
    if all(isinstance(value, str) for value in tidied.get("enum", [None])):
        tidied = {"type": "string", **tidied}
    return tidied
