"""The OpenAPI document, true to what is served: problem bodies, permissions, the bearer token."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from platform_auth import routes
from platform_http.problems import MEDIA_TYPE, Problem

Document = dict[str, Any]

_COMMON = {
    400: "The request is not well-formed or has values that are not valid.",
    500: "Something went wrong here.",
    503: "A part that is needed is away for the moment; see Retry-After.",
}
_GUARDED = {401: "No valid bearer token.", 403: "The role lacks the permission."}
_WITH_BODY = {
    409: "The state of the thing forbids it.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A rule of the domain forbids it.",
}
_WITH_ID = {404: "There is no such thing for this tenant."}


def build_document(
    service: str,
    handlers: Sequence[ControllerRouterHandler],
    dependencies: Mapping[str, Provide],
    *,
    version: str,
) -> Document:
    """The document of one service.

    It is made on an application of its own, so that Litestar's own pages are never served and
    a process that nobody asks for its document does not pay for it.
    """
    app = Litestar(
        list(handlers),
        dependencies=dict(dependencies),
        openapi_config=OpenAPIConfig(
            title=f"Ventros {service}", version=version, use_handler_docstrings=True
        ),
    )
    document: Document = app.openapi_schema.to_schema()
    components = document.setdefault("components", {})
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    schemas = components.setdefault("schemas", {})
    schemas.update(_problem_schemas())
    declared = routes.of_service(service)
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            route = declared.get((method.upper(), routes.shape(path)))
            if isinstance(operation, dict) and route is not None:
                _complete(operation, route, has_id="{" in path)
    return document


def _complete(operation: Document, route: routes.Route, *, has_id: bool) -> None:
    expected = dict(_COMMON)
    if route.permission is not None:
        operation["security"] = [{"bearer": []}]
        operation["x-permission"] = route.permission
        expected |= _GUARDED
    if "requestBody" in operation or route.method != "GET":
        expected |= _WITH_BODY
    if has_id:
        expected |= _WITH_ID
    responses = operation.setdefault("responses", {})
    for status, description in expected.items():
        responses[str(status)] = {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _problem_schemas() -> Document:
    _, schemas = msgspec.json.schema_components(
        [Problem], ref_template="#/components/schemas/{name}"
    )
    return schemas
