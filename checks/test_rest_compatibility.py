"""Each API keeps what the last release promised; each rule of the check finds a planted change."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.contracts.rest import breaks, broken, documents, release, released
from checks.snapshots import DOCUMENTED
from checks.workspace import ROOT

Document = dict[str, Any]

DOCUMENT: Document = {
    "paths": {
        "/v1/things": {
            "post": {
                "operationId": "createThing",
                "security": [{"bearer": []}],
                "x-permission": "thing:create",
                "parameters": [
                    {"name": "dry", "in": "query", "schema": {"type": "boolean"}},
                    {
                        "name": "order",
                        "in": "query",
                        "schema": {"type": ["null", "string"], "enum": ["asc", "desc", None]},
                    },
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/NewThing"}}
                    },
                },
                "responses": {
                    "201": {
                        "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                        },
                    },
                    "409": {"content": {"application/problem+json": {"schema": {}}}},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "NewThing": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 10},
                    "size": {"anyOf": [{"type": "integer"}, {"type": "null"}], "minimum": 0},
                    "color": {"enum": ["red", "blue"]},
                    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
                },
            },
            "Thing": {
                "type": "object",
                "required": ["id", "name", "parts"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "name": {"type": "string"},
                    "color": {"enum": ["red", "blue"]},
                    "note": {"type": "string"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                    "content": {
                        "anyOf": [
                            {"$ref": "#/components/schemas/Text"},
                            {"$ref": "#/components/schemas/Image"},
                        ]
                    },
                },
            },
            "Text": {"type": "object", "properties": {"text": {"type": "string"}}},
            "Image": {"type": "object", "properties": {"url": {"type": "string"}}},
        }
    },
}

Change = Callable[[Document], object]


def operation(document: Document) -> Document:
    found: Document = document["paths"]["/v1/things"]["post"]
    return found


def sent(document: Document) -> Document:
    found: Document = document["components"]["schemas"]["NewThing"]
    return found


def answered(document: Document) -> Document:
    found: Document = document["components"]["schemas"]["Thing"]
    return found


BREAKING: list[tuple[str, str, Change]] = [
    ("", "is gone", lambda d: d["paths"].pop("/v1/things")),
    ("", "is gone", lambda d: d["paths"]["/v1/things"].pop("post")),
    ("", "is called makeThing", lambda d: operation(d).update(operationId="makeThing")),
    ("", "`security` was", lambda d: operation(d).update(security=[])),
    ("", "`x-permission` was", lambda d: operation(d).update({"x-permission": "thing:admin"})),
    (
        "query parameter `tenant`",
        "is required now",
        lambda d: operation(d)["parameters"].append(
            {"name": "tenant", "in": "query", "required": True, "schema": {"type": "string"}}
        ),
    ),
    (
        "header parameter `x-reason`",
        "is required now",
        lambda d: operation(d)["parameters"].append(
            {"name": "X-Reason", "in": "header", "required": True, "schema": {"type": "string"}}
        ),
    ),
    (
        "query parameter `dry`",
        "is required now",
        lambda d: operation(d)["parameters"][0].update(required=True),
    ),
    ("query parameter `dry`", "is gone", lambda d: operation(d)["parameters"].pop(0)),
    (
        "query parameter `dry`",
        "was boolean, is integer",
        lambda d: operation(d)["parameters"][0]["schema"].update(type="integer"),
    ),
    (
        "query parameter `order`",
        "the value 'desc' is no longer accepted",
        lambda d: operation(d)["parameters"][1]["schema"]["enum"].remove("desc"),
    ),
    (
        "query parameter `order`",
        "null is no longer accepted",
        lambda d: operation(d)["parameters"][1].update(
            schema={"type": "string", "enum": ["asc", "desc"]}
        ),
    ),
    ("body", "is not taken any more", lambda d: operation(d).pop("requestBody")),
    (
        "body",
        "is not application/json any more",
        lambda d: operation(d)["requestBody"].update(content={"text/csv": {"schema": {}}}),
    ),
    ("body `size`", "is required now", lambda d: sent(d)["required"].append("size")),
    ("body `color`", "is gone", lambda d: sent(d)["properties"].pop("color")),
    (
        "body `name`",
        "was string, is integer",
        lambda d: sent(d)["properties"].update(name={"type": "integer"}),
    ),
    (
        "body `name`",
        "maxLength was 10, is 9",
        lambda d: sent(d)["properties"]["name"].update(maxLength=9),
    ),
    (
        "body `name`",
        "minLength was 1, is 2",
        lambda d: sent(d)["properties"]["name"].update(minLength=2),
    ),
    (
        "body `name`",
        "pattern was None",
        lambda d: sent(d)["properties"]["name"].update(pattern="^a"),
    ),
    (
        "body `size`",
        "maximum was None, is 100",
        lambda d: sent(d)["properties"]["size"].update(maximum=100),
    ),
    (
        "body `size`",
        "null is no longer accepted",
        lambda d: sent(d)["properties"].update(size={"type": "integer", "minimum": 0}),
    ),
    (
        "body `color`",
        "the value 'blue' is no longer accepted",
        lambda d: sent(d)["properties"]["color"]["enum"].remove("blue"),
    ),
    (
        "body `tags[]`",
        "was string, is integer",
        lambda d: sent(d)["properties"]["tags"].update(items={"type": "integer"}),
    ),
    (
        "body `tags`",
        "`contains` changed",
        lambda d: sent(d)["properties"]["tags"].update(contains={"const": "x"}),
    ),
    ("409", "is not answered any more", lambda d: operation(d)["responses"].pop("409")),
    (
        "202",
        "is a new way to succeed",
        lambda d: operation(d)["responses"].update({"202": {"content": {}}}),
    ),
    (
        "201 header `Location`",
        "is gone",
        lambda d: operation(d)["responses"]["201"].pop("headers"),
    ),
    (
        "201 header `Location`",
        "is not always there",
        lambda d: operation(d)["responses"]["201"]["headers"]["Location"].pop("required"),
    ),
    ("201 body `note`", "is gone", lambda d: answered(d)["properties"].pop("note")),
    (
        "201 body `id`",
        "was string (uuid), is integer",
        lambda d: answered(d)["properties"].update(id={"type": "integer"}),
    ),
    (
        "201 body `id`",
        "was string (uuid), is string",
        lambda d: answered(d)["properties"]["id"].pop("format"),
    ),
    (
        "201 body `name`",
        "may be null now",
        lambda d: answered(d)["properties"].update(name={"type": ["string", "null"]}),
    ),
    (
        "201 body `name`",
        "is not always there any more",
        lambda d: answered(d)["required"].remove("name"),
    ),
    (
        "201 body `color`",
        "may have the new value 'green'",
        lambda d: answered(d)["properties"]["color"]["enum"].append("green"),
    ),
    (
        "201 body `content`",
        "may be NewThing now",
        lambda d: answered(d)["properties"]["content"]["anyOf"].append(
            {"$ref": "#/components/schemas/NewThing"}
        ),
    ),
    (
        "201 body `content<Text>.text`",
        "is gone",
        lambda d: d["components"]["schemas"]["Text"]["properties"].pop("text"),
    ),
]

HARMLESS: list[Change] = [
    lambda d: d["paths"].update({"/v1/more": {"get": {"operationId": "more"}}}),
    lambda d: operation(d)["parameters"].append(
        {"name": "page", "in": "query", "schema": {"type": "integer"}}
    ),
    lambda d: operation(d)["responses"].update({"429": {"content": {}}}),
    lambda d: operation(d)["responses"]["409"].update(description="Other words."),
    lambda d: operation(d)["requestBody"].update(required=False),
    lambda d: sent(d)["properties"].update(note={"type": "string"}),
    lambda d: sent(d)["required"].remove("name"),
    lambda d: sent(d)["properties"]["name"].update(maxLength=20, minLength=0),
    lambda d: sent(d)["properties"]["color"]["enum"].append("green"),
    lambda d: answered(d)["properties"].update(weight={"type": "number"}),
    lambda d: answered(d)["required"].append("note"),
    lambda d: answered(d)["properties"]["color"]["enum"].remove("blue"),
    lambda d: answered(d)["properties"]["content"]["anyOf"].pop(),
    lambda d: (
        d["components"]["schemas"].update(Renamed=d["components"]["schemas"]["NewThing"])
        or operation(d)["requestBody"]["content"]["application/json"].update(
            schema={"$ref": "#/components/schemas/Renamed"}
        )
    ),
]


@pytest.mark.parametrize(("field", "what", "change"), BREAKING)
def test_a_change_that_breaks_clients_is_found(field: str, what: str, change: Change) -> None:
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    found = breaks("things", DOCUMENT, changed)
    told = [one for one in found if one.field == field and what in one.what]
    assert told, found
    assert "things: POST /v1/things" in str(told[0])
    assert told[0].remedy


@pytest.mark.parametrize("change", HARMLESS)
def test_a_change_that_breaks_nobody_passes(change: Change) -> None:
    changed = copy.deepcopy(DOCUMENT)
    change(changed)
    assert changed != DOCUMENT
    assert breaks("things", DOCUMENT, changed) == []


def test_nothing_of_the_last_release_is_broken() -> None:
    found = broken(ROOT)
    assert not found, "\n".join(map(str, found))


def test_every_service_with_a_document_is_released() -> None:
    assert sorted(released(ROOT)) == sorted(DOCUMENTED)
    assert sorted(documents(ROOT)) == sorted(DOCUMENTED)


def test_a_release_is_what_the_documents_are(tmp_path: Path) -> None:
    kept = tmp_path / "services" / "things" / "openapi.json"
    kept.parent.mkdir(parents=True)
    kept.write_text((ROOT / "services" / "sessions" / "openapi.json").read_text())
    assert release(tmp_path) == ["things"]
    assert broken(tmp_path) == []
    kept.write_text(kept.read_text().replace('"closeSession"', '"endSession"'))
    assert [one.field for one in broken(tmp_path)] == [""]
    kept.unlink()
    assert {one.what for one in broken(tmp_path)} == {"is gone"}
    assert release(tmp_path) == []
    assert released(tmp_path) == {}
