"""What was released is kept; each way to break it is planted and found."""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import pytest

from checks.contracts import json_schema, places, release
from checks.contracts.compatibility import problems
from checks.contracts.places import HOME, Document

MERGED: Final = "contact.merged.v1"


@pytest.fixture(scope="module")
def schemas() -> dict[str, Document]:
    """The schema of every event."""
    return json_schema.documents()


def test_what_was_released_is_kept(schemas: dict[str, Document]) -> None:
    assert release.schemas(), "nothing is released, so nothing is compared"
    assert [str(one) for one in release.broken(schemas)] == []


# What breaks a promise, planted in one event. `data` is the definition of its data.

Plant = Callable[[Document, Document], None]


def _rename(_: Document, data: Document) -> None:
    data["properties"]["merged_on"] = data["properties"].pop("merged_at")
    data["required"][data["required"].index("merged_at")] = "merged_on"


def _require(_: Document, data: Document) -> None:
    data["properties"]["reason"] = {"type": "string"}
    data["required"].append("reason")


def _open(_: Document, data: Document) -> None:
    data["properties"]["merge_strategy"] = {"type": "string", "examples": ["proof"]}


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
    "an enum was opened": (_open, "data.merge_strategy", "was an enum and is open"),
    "an attribute of the envelope says something else": (
        lambda schema, _: schema["properties"]["source"].update(const="ventros/people"),
        "source",
        'narrowed: "ventros/contacts" went',
    ),
    "it is of another aggregate": (
        lambda schema, _: schema.update({"x-aggregate": "person"}),
        "",
        "its aggregate was",
    ),
    "another service says it": (
        lambda schema, _: schema.update({"x-producer": "people"}),
        "",
        "its producer was",
    ),
    "it is of another person": (
        lambda schema, _: schema.update({"x-person": "merged_by"}),
        "",
        "its person was",
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
    (one,) = [one for one in found if one.field == field and what in one.what]
    assert one.type == MERGED
    assert one.remedy
    assert "make contracts" in str(one)
    assert str(one).startswith(f"{MERGED}, field {field}: " if field else f"{MERGED}: ")


# One field as it was and as it is, inside of an event; a missing one is None.

_TEXT: Final[Document] = {"type": "string"}
_BOUNDED: Final[Document] = {"type": "string", "minLength": 1, "maxLength": 10}
_NULLABLE: Final[Document] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
_WHOLE: Final[Document] = {"type": "object", "properties": {"a": _TEXT}, "required": ["a"]}
_MAP: Final[Document] = {"type": "object", "additionalProperties": {"type": "integer"}}

FIELDS: Final[dict[str, tuple[Document, Document | None, str]]] = {
    "an optional field was removed": ({**_TEXT, "default": ""}, None, "was removed"),
    "its default is another": (
        {**_TEXT, "default": "a"},
        {**_TEXT, "default": "b"},
        'its default was "a", is "b"',
    ),
    "its default went": ({**_TEXT, "default": "a"}, _TEXT, 'its default was "a", is absent'),
    "a null is no longer said": (_NULLABLE, _TEXT, "may no longer be null"),
    "a bound was widened": (_BOUNDED, {**_BOUNDED, "maxLength": 20}, "its maxLength was 10, is 20"),
    "a bound was narrowed": (_BOUNDED, {**_BOUNDED, "minLength": 2}, "its minLength was 1, is 2"),
    "a bound came": (_TEXT, _BOUNDED, "its maxLength was nothing, is 10"),
    "a text became an enum": (_TEXT, {**_TEXT, "enum": ["a"]}, "was open and is now an enum"),
    "an alternative came": (
        _NULLABLE,
        {"anyOf": [*_NULLABLE["anyOf"], {"type": "integer"}]},
        "may now be integer",
    ),
    "an alternative went": (
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        _TEXT,
        "may no longer be integer",
    ),
    "the values of a map are others": (
        _MAP,
        {**_MAP, "additionalProperties": _TEXT},
        "was of type integer, is string",
    ),
    "a map became open": (_MAP, {"type": "object"}, "is nothing"),
    "a map became a value of fields": (_MAP, _WHOLE, "was an object of other fields"),
    "a field inside went": (_WHOLE, {**_WHOLE, "properties": {}, "required": []}, "was removed"),
    "a required field came inside": (
        _WHOLE,
        {**_WHOLE, "properties": {"a": _TEXT, "b": _TEXT}, "required": ["a", "b"]},
        "is new and required",
    ),
    "a pair has other items": (
        {"type": "array", "prefixItems": [_TEXT, _TEXT]},
        {"type": "array", "prefixItems": [_TEXT, _MAP]},
        "has other items in their places",
    ),
}


def _with(schemas: dict[str, Document], field: Document | None) -> dict[str, Document]:
    """The event with one more field, which is optional."""

    def plant(schema: Document, data: Document) -> None:
        schema["$defs"]["Inside"] = {
            "type": "object",
            "properties": {} if field is None else {"field": field},
            "required": [],
        }
        data["properties"]["inside"] = {"type": "array", "items": {"$ref": "#/$defs/Inside"}}

    return _changed(schemas, plant)


@pytest.mark.parametrize(("old", "new", "what"), FIELDS.values(), ids=FIELDS.keys())
def test_a_changed_field_is_found_inside_of_lists_and_structs(
    schemas: dict[str, Document], old: Document, new: Document | None, what: str
) -> None:
    found = problems(_with(schemas, old), _with(schemas, new), {})
    assert found
    assert all(one.field.startswith("data.inside[].field") for one in found)
    assert what in " ".join(one.what for one in found)
    assert problems(_with(schemas, old), _with(schemas, old), {}) == []


def test_an_optional_field_that_became_required_is_refused(schemas: dict[str, Document]) -> None:
    def optional(_: Document, data: Document) -> None:
        data["required"].remove("merged_at")

    (one,) = problems(_changed(schemas, optional), {MERGED: schemas[MERGED]}, {})
    assert (one.field, one.what) == ("data.merged_at", "became required, and history lacks it")


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
