"""The generated contracts are what the code says, are valid, and keep what was released."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import msgspec
import pytest
import yaml

from checks.contracts import asyncapi, generated, json_schema, page, places, release
from checks.contracts.compatibility import problems
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


def test_what_was_released_is_kept(schemas: dict[str, Document]) -> None:
    assert [str(one) for one in release.broken(schemas)] == []


# What breaks a promise, planted in one event. `data` is the definition of its data.

Plant = Callable[[Document, Document], None]


def _rename(_: Document, data: Document) -> None:
    data["properties"]["merged_on"] = data["properties"].pop("merged_at")
    data["required"][data["required"].index("merged_at")] = "merged_on"


def _require(_: Document, data: Document) -> None:
    data["properties"]["reason"] = {"type": "string"}
    data["required"].append("reason")


BROKEN: Final[dict[str, tuple[Plant, str, str]]] = {
    "a required field came": (_require, "data.reason", "new and required"),
    "a field was removed": (
        lambda _, data: data["properties"].pop("merged_at"),
        "data.merged_at",
        "was removed",
    ),
    "a field was renamed": (_rename, "data.merged_at", "renamed to merged_on"),
    "a field has another type": (
        lambda _, data: data["properties"].update(merged_at={"type": "integer"}),
        "data.merged_at",
        "was of type string, is integer",
    ),
    "a field has another form": (
        lambda _, data: data["properties"]["merged_at"].update(format="date"),
        "data.merged_at",
        "its format was",
    ),
    "items have another type": (
        lambda _, data: data["properties"]["merged_contact_ids"].update(items={"type": "integer"}),
        "data.merged_contact_ids[]",
        "was of type",
    ),
    "a required field became optional": (
        lambda _, data: data["required"].remove("merged_at"),
        "data.merged_at",
        "readers rely on it",
    ),
    "a field may be null": (
        lambda _, data: data["properties"].update(
            merged_at={"anyOf": [data["properties"]["merged_at"], {"type": "null"}]}
        ),
        "data.merged_at",
        "may now be null",
    ),
    "an enum was narrowed": (
        lambda _, data: data["properties"]["merge_strategy"].update(enum=["proof"]),
        "data.merge_strategy",
        'narrowed: "manual" went',
    ),
    "an enum was widened": (
        lambda _, data: data["properties"]["merge_strategy"]["enum"].append("guess"),
        "data.merge_strategy",
        'widened: "guess" came',
    ),
    "an attribute of the envelope went": (
        lambda schema, _: schema["properties"].pop("sequence"),
        "sequence",
        "was removed",
    ),
    "it goes another way": (
        lambda schema, _: schema.update({"x-exchange": "elsewhere"}),
        "",
        "its exchange was",
    ),
    "it is of nobody": (lambda schema, _: schema.update({"x-person": None}), "", "its person was"),
}


def _changed(schemas: dict[str, Document], plant: Plant) -> dict[str, Document]:
    schema = copy.deepcopy(schemas[MERGED])
    plant(schema, json_schema.data_of(schema))
    return {MERGED: schema}


@pytest.mark.parametrize(("plant", "field", "what"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_promise_names_event_and_field_and_what_to_do(
    schemas: dict[str, Document], plant: Plant, field: str, what: str
) -> None:
    found = problems({MERGED: schemas[MERGED]}, _changed(schemas, plant), {})
    assert field in {one.field for one in found}
    (one,) = [one for one in found if one.field == field]
    assert one.type == MERGED
    assert what in one.what
    assert one.remedy
    assert "make contracts" in str(one)


def test_a_lowered_class_of_data_is_refused_and_a_raised_one_is_not(
    schemas: dict[str, Document],
) -> None:
    created = schemas["contact.created.v1"]
    for now, count in (("none", 1), ("sensitive", 0)):
        found = problems({"x.v1": created}, {"x.v1": {**created, "x-data-class": now}}, {})
        assert len(found) == count


@pytest.mark.parametrize(
    "plant",
    [
        lambda _, data: data["properties"].update(
            reason={"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
        ),
        lambda schema, data: (schema.update(description="Other words."), data.update(title="T")),
        lambda schema, _: schema.update(examples=[]),
    ],
    ids=["an optional field came", "other words", "another example"],
)
def test_what_breaks_nobody_passes(schemas: dict[str, Document], plant: Plant) -> None:
    assert problems({MERGED: schemas[MERGED]}, _changed(schemas, plant), {}) == []


def test_an_event_goes_only_after_its_successor_was_released_and_nobody_reads_it(
    schemas: dict[str, Document],
) -> None:
    released = {MERGED: schemas[MERGED]}
    (alone,) = problems(released, {}, {})
    assert "no later version" in alone.what
    released["contact.merged.v2"] = schemas[MERGED]
    (read,) = problems(released, {"contact.merged.v2": schemas[MERGED]}, {MERGED: ["sessions"]})
    assert "sessions still read it" in read.what
    assert problems(released, {"contact.merged.v2": schemas[MERGED]}, {}) == []


def test_a_release_writes_down_when_each_event_came_changed_and_went(
    schemas: dict[str, Document],
) -> None:
    def more(_: Document, data: Document) -> None:
        data["properties"]["reason"] = {"type": "string", "default": ""}

    first = release.grown({}, {}, {MERGED: schemas[MERGED]}, "0.1.0")
    second = release.grown(first, {MERGED: schemas[MERGED]}, _changed(schemas, more), "0.2.0")
    third = release.grown(second, {MERGED: schemas[MERGED]}, {}, "0.3.0")
    assert msgspec.to_builtins(third) == {
        MERGED: {"since": "0.1.0", "changed": ["0.2.0"], "removed": "0.3.0"}
    }


def test_a_release_that_is_not_one_is_refused(tmp_path: Path) -> None:
    shutil.copy(HOME / "pyproject.toml", tmp_path)
    for name in (places.SCHEMAS, places.CONTRACTS):
        shutil.copytree(HOME / name, tmp_path / name)
    with pytest.raises(release.Refused, match="set it in proto-events first"):
        release.write("9.9.9", tmp_path)
    own = release.package_version(tmp_path)
    release.write(own, tmp_path)
    assert release.version(tmp_path) == own
    assert release.schemas(tmp_path) == json_schema.documents()
    with pytest.raises(release.Refused, match="released already"):
        release.write(own, tmp_path)
