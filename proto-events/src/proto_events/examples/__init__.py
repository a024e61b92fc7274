"""A realistic example of every event; one module per module of events.

Imported by those who ask for examples (documents, tests, subscribers that try their handlers), not
by those who publish.
"""

import zlib
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import msgspec

from proto_events import catalogue
from proto_events.envelope import Envelope, schema_address
from proto_events.examples import world
from proto_events.registry import info_of


def _examples_of(events: ModuleType) -> tuple[msgspec.Struct, ...]:
    """The examples of a module of events: they lie in the module of the same name here."""
    name = events.__name__.rpartition(".")[2]
    examples: tuple[msgspec.Struct, ...] = import_module(f"{__name__}.{name}").EXAMPLES
    return examples


EXAMPLES: Final[dict[str, msgspec.Struct]] = {
    info_of(type(example)).type: example
    for events in catalogue.MODULES
    for example in _examples_of(events)
}
"""The example of each type."""


def example_of(type_name: str) -> msgspec.Struct:
    """The example of a type such as `contact.created.v1`.

    Raises:
        KeyError: the type is not known here.
    """
    return EXAMPLES[type_name]


def envelope_of(type_name: str) -> Envelope:
    """The example as it comes over the wire, framed. Raises KeyError."""
    data = EXAMPLES[type_name]
    info = info_of(type(data))
    # By its name: an event more or less leaves the examples of the others as they are.
    place = zlib.crc32(type_name.encode())
    identifier = world.an_id(0xE000_0000_0000 + place)
    subject = _subject(msgspec.to_builtins(data))
    return Envelope(
        id=identifier,
        source=f"ventros/{info.producer}",
        type=info.type,
        subject=subject,
        time=world.at(12, place // 60 % 60, place % 60),
        data_schema=schema_address(info.type),
        tenant_id=world.TENANT,
        project_id=world.PROJECT,
        partition_key=subject,
        sequence=1,
        correlation_id=identifier,
        data=msgspec.Raw(msgspec.json.encode(data)),
    )


def _subject(data: dict[str, Any]) -> str:
    """The id of the aggregate: the first id that an event has, or its message's channel."""
    for name, value in data.items():
        if name.endswith("_id") and value is not None:
            return str(value)
    return str(data["message"]["channel_id"])
