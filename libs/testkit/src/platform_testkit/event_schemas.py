"""Events against their published schemas, as a subscriber of another team would check them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

from platform_devstack.layout import find_root


class NotAsPublished(AssertionError):
    """An event that its published schema does not allow."""


def contracts_folder() -> Path:
    """`proto-events/`, where schemas, golden files and contracts are kept."""
    return find_root(Path(__file__)) / "proto-events"


def check_published(event: bytes) -> None:
    """Hold one event, as it stands on the wire, to `proto-events/schemas/<type>.json`.

    Raises:
        NotAsPublished: says every place and what is wrong there, never a value of a person.
        FileNotFoundError: there is no such schema; `make contracts` writes it.
    """
    document = msgspec.json.decode(event)
    errors = list(_validator(document["type"]).iter_errors(document))
    if errors:
        where = "\n".join(f"  {_place(error.instance_path)}: {error.message}" for error in errors)
        raise NotAsPublished(f"{document['type']} is not as its schema says:\n{where}")


def check_schema(schema: Mapping[str, Any], document: Any) -> list[str]:
    """Where a document breaks a JSON Schema 2020-12 document, formats included."""
    validator = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)
    return [_place(error.instance_path) for error in validator.iter_errors(document)]


@cache
def _validator(type_name: str) -> jsonschema_rs.Draft202012Validator:
    path = contracts_folder() / "schemas" / f"{type_name}.json"
    schema = msgspec.json.decode(path.read_bytes())
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def _place(path: list[str | int]) -> str:
    return ".".join(str(step) for step in path) or "the event"
