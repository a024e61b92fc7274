from typing import Any

from platform_auth.routes import GATEWAY, of_service
from ventros_gateway.docs.live import LIVE_DOCUMENT
from ventros_gateway.docs.merge import merge


def document(path: str, operation_id: str, schemas: dict[str, Any]) -> dict[str, Any]:
    name = next(iter(schemas))
    answer = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}
    return {
        "paths": {path: {"get": {"operationId": operation_id, "responses": {"200": answer}}}},
        "components": {"schemas": schemas},
    }


PROBLEM = {"type": "object", "title": "Problem"}


def schema_of(merged: dict[str, Any], path: str) -> str:
    content = merged["paths"][path]["get"]["responses"]["200"]["content"]
    reference: str = content["application/json"]["schema"]["$ref"]
    name = reference.rsplit("/", 1)[1]
    assert name in merged["components"]["schemas"]
    return name


def test_equal_schemas_are_shared_and_different_ones_keep_apart() -> None:
    page = {"Page": {"properties": {"items": {"$ref": "#/components/schemas/Item"}}}}
    merged = merge(
        {
            "contacts": document("/v1/contacts", "list", {
                **page, "Item": {"title": "Contact"}, "Problem": PROBLEM}),
            "sessions": document("/v1/sessions", "list", {
                **page, "Item": {"title": "Session"}, "Problem": PROBLEM}),
        }
    )  # fmt: skip
    schemas = merged["components"]["schemas"]
    assert set(schemas) == {"Page", "Item", "Problem", "Sessions_Page", "Sessions_Item"}
    assert schema_of(merged, "/v1/contacts") == "Page"
    assert schema_of(merged, "/v1/sessions") == "Sessions_Page"
    items = schemas["Sessions_Page"]["properties"]["items"]
    assert items == {"$ref": "#/components/schemas/Sessions_Item"}


def test_operation_ids_are_unique() -> None:
    merged = merge(
        {
            "contacts": document("/v1/contacts", "list", {"A": {}}),
            "sessions": document("/v1/sessions", "list", {"B": {}}),
        }
    )
    ids = [item["get"]["operationId"] for item in merged["paths"].values()]
    assert ids == ["list", "sessions_list"]


def test_only_declared_routes_of_the_right_service_are_shown() -> None:
    merged = merge({"contacts": document("/v1/sessions", "list", {"A": {}})})
    assert merged["paths"] == {}
    assert merge({"contacts": document("/internal", "list", {"A": {}})})["paths"] == {}


def test_the_live_stream_is_described_and_keeps_what_it_says() -> None:
    merged = merge({GATEWAY: LIVE_DOCUMENT})
    told = merged["paths"]["/v1/events/stream"]["get"]
    route = of_service(GATEWAY)["GET", "/v1/events/stream"]
    assert told["x-permission"] == route.permission
    example = told["responses"]["200"]["content"]["text/event-stream"]["example"]
    assert "event: refetch" in example
