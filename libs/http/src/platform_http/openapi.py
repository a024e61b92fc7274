"""The OpenAPI document, true to what is served: problem bodies, permissions, the bearer token."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from platform_auth import routes
from platform_core.types import END
from platform_http.idempotency import KEPT_HOURS, LONGEST, SHORTEST, required_keys
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
_HEADERS: Mapping[int, Document] = {
    401: {
        "WWW-Authenticate": {
            "description": "How to prove who one is (RFC 6750).",
            "required": True,
            "schema": {"type": "string"},
        }
    },
    503: {
        "Retry-After": {
            "description": "Seconds to wait.",
            "required": True,
            "schema": {"type": "integer", "minimum": 0},
        }
    },
}


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
    schemas.update(_body_schemas(app))
    declared = routes.of_service(service)
    keyed = required_keys(app)
    described = _described(app)
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            route = declared.get((method.upper(), routes.shape(path)))
            if isinstance(operation, dict) and route is not None:
                _complete(operation, route, has_id="{" in path)
                _overlay(operation, described.get((route.method, routes.shape(path)), {}))
                if route.method == "POST" and route.permission is not None:
                    _add_key(operation, required=routes.shape(path) in keyed)
    return document


def _described(app: Litestar) -> dict[tuple[str, str], Document]:
    """What handlers say of themselves by their option `described`: parts of an operation, for a
    route that speaks another protocol's format and not ours."""
    return {
        (method, routes.shape(route.path_format)): handler.opt["described"]
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "described" in handler.opt
        for method in handler.http_methods
    }


def _overlay(document: Document, over: Document) -> None:
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(document.get(name), dict):
            _overlay(document[name], value)
        else:
            document[name] = value


def _add_key(operation: Document, *, required: bool) -> None:
    """The header of `platform_http.idempotency`, and what tells a repeated answer."""
    operation.setdefault("parameters", []).append(
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": required,
            "description": "A value of your own, best a UUID. A request that is sent again with it"
            f" within {KEPT_HOURS} hours has no second effect and gets the first one's answer.",
            "schema": {"type": "string", "pattern": f"^[!-~]{{{SHORTEST},{LONGEST}}}{END}"},
        }
    )
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response.setdefault("headers", {})["Idempotent-Replayed"] = {
                "description": "`true` when this is the kept answer of an earlier request.",
                "schema": {"type": "string", "enum": ["true"]},
            }


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
    for status, headers in _HEADERS.items():
        if str(status) in responses:
            responses[str(status)]["headers"] = headers


def _problem_schemas() -> Document:
    return _schemas_of([Problem])


def _body_schemas(app: Litestar) -> Document:
    """The schemas of what clients send, with everything that a decoder refuses.

    Litestar's own leave out that unknown fields are forbidden.
    """
    kinds = {
        field.annotation
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if (field := handler.parsed_fn_signature.parameters.get("data")) is not None
    }
    return _schemas_of(sorted(kinds, key=str))


def _schemas_of(kinds: Sequence[type]) -> Document:
    _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])
    return schemas
