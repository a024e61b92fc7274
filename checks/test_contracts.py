"""The generated contracts are what the code says, and are valid."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
import yaml

from checks.contracts import asyncapi, generated, json_schema, page, places
from checks.contracts.places import HOME, RELEASED, Document
from proto_events import envelope
from proto_events.examples import envelope_of

MERGED: Final = "contact.merged.v1"
ASYNCAPI_SCHEMA: Final = Path(__file__).parent / "contracts/vendor/asyncapi/3.0.0.json"


@pytest.fixture(scope="module")
def schemas() -> dict[str, Document]:
    """The schema of every event."""
    return json_schema.documents()


def test_what_is_committed_is_what_is_generated() -> None:
    assert generated.drift() == [], "run `make contracts` and look at the difference"


def test_drift_is_found_in_every_kind_of_file(tmp_path: Path) -> None:
    for name in ("pyproject.toml", places.ASYNCAPI, places.PAGE):
        shutil.copy(HOME / name, tmp_path / name)
    for name in (places.SCHEMAS, places.GOLDEN, places.CONTRACTS, RELEASED):
        shutil.copytree(HOME / name, tmp_path / name)
    wanted = generated.files(tmp_path)
    assert generated.drift(tmp_path, wanted) == []
    changed, stray = f"{places.SCHEMAS}/{MERGED}.json", f"{places.SCHEMAS}/stray.v1.json"
    for name in (changed, places.ASYNCAPI, places.PAGE):
        (tmp_path / name).write_text("planted")
    (tmp_path / stray).write_text("{}")
    planted = sorted((changed, stray, places.ASYNCAPI, places.PAGE))
    assert generated.drift(tmp_path, wanted) == planted
    assert generated.write(tmp_path) == planted
    assert generated.drift(tmp_path, wanted) == []


def test_every_schema_is_one_and_its_example_fits(schemas: dict[str, Document]) -> None:
    for name, schema in schemas.items():
        jsonschema_rs.meta.validate(schema)
        assert schema["$schema"] == json_schema.DIALECT
        validator = jsonschema_rs.validator_for(schema, validate_formats=True)
        validator.validate(json.loads(envelope.encode(envelope_of(name))))
        assert schema["examples"]


def test_a_schema_refuses_what_the_event_is_not(schemas: dict[str, Document]) -> None:
    schema = schemas[MERGED]
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    example = schema["examples"][0]
    assert validator.is_valid({**example, "new": 1, "data": {**example["data"], "new": 1}})
    changes: list[Document] = [
        {"type": "contact.created.v1"},
        {"id": "7"},
        {"time": "yesterday"},
        {"sequence": "1"},
        {"data": {**example["data"], "merge_strategy": "guess"}},
        {"data": {}},
    ]
    for change in changes:
        assert not validator.is_valid({**example, **change}), change


def test_the_asyncapi_document_is_valid_by_the_official_schema() -> None:
    official = jsonschema_rs.validator_for(json.loads(ASYNCAPI_SCHEMA.read_text()))
    document = yaml.safe_load((HOME / places.ASYNCAPI).read_text())
    official.validate(document)
    for broken in (
        {key: part for key, part in document.items() if key != "info"},
        {**document, "channels": {"x": {"address": 5}}},
        {**document, "operations": {"x": {"action": "shout", "channel": {"$ref": "#/x"}}}},
    ):
        assert not official.is_valid(broken)


def test_the_asyncapi_document_has_every_event_and_points_at_what_is_there() -> None:
    document = asyncapi.document("1.2.3")
    assert set(document["channels"]) == set(json_schema.types())
    assert document["info"]["version"] == "1.2.3"

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if "$ref" in part else []
            return own + [found for value in part.values() for found in references(value)]
        if isinstance(part, list):
            return [found for value in part for found in references(value)]
        return []

    for reference in set(references(document)):
        if reference.startswith("./"):
            assert (HOME / reference).is_file(), reference
            continue
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_the_page_needs_no_network_and_shows_every_event(schemas: dict[str, Document]) -> None:
    text = page.text(schemas)
    for name in schemas:
        assert f'id="{name}"' in text
    for outside in ("src=", "@import", '<link rel="stylesheet"', "url(http"):
        assert outside not in text
