"""Many OpenAPI documents as one: declared routes, unique operation ids, no mixed-up schemas."""

from collections.abc import Iterator, Mapping
from typing import Any

from platform_auth.routes import of_service, shape

Document = dict[str, Any]

_REFERENCE = "#/components/schemas/"


def merge(documents: Mapping[str, Document]) -> Document:
    """The document of the gateway, from those of the services by name.

    Two services may have different schemas of one name: the second is then called by its service,
    e.g. `Contacts_Page`. An operation id that is taken gets its service in front as well.
    """
    merged: Document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Ventros API",
            "version": "1",
            "description": (
                "Sign in with `POST /v1/auth/sign-in` and send the token as "
                "`Authorization: Bearer …`. Errors are problem+json (RFC 9457) with a stable "
                "`code`; lists are paged with `limit` and `cursor`."
            ),
        },
        "servers": [{"url": "/"}],
        "paths": {},
        "components": {
            "schemas": {},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }
    taken: set[str] = set()
    for service, document in documents.items():
        _add(merged, service, document, taken)
    return merged


def _add(merged: Document, service: str, document: Document, taken: set[str]) -> None:
    schemas: Document = merged["components"]["schemas"]
    own: Document = document.get("components", {}).get("schemas", {})
    names = {
        name: name if schemas.get(name, schema) == schema else f"{service.capitalize()}_{name}"
        for name, schema in own.items()
    }
    names = _with_dependants(own, names, service)
    for name, schema in own.items():
        schemas[names[name]] = _renamed(schema, names)
    declared = of_service(service)
    for path, item in document.get("paths", {}).items():
        for method, described in item.items():
            if (method.upper(), shape(path)) not in declared:
                continue
            operation = _renamed(described, names)
            operation.setdefault("tags", [service])
            operation["operationId"] = _unique(operation.get("operationId"), service, taken)
            merged["paths"].setdefault(path, {})[method] = operation


def _with_dependants(own: Document, names: dict[str, str], service: str) -> dict[str, str]:
    """A schema that refers to a renamed one is another one too, and needs a name of its own."""
    while True:
        renamed = {name for name, new in names.items() if new != name}
        more = {
            name
            for name, schema in own.items()
            if name not in renamed and renamed & set(_references(schema))
        }
        if not more:
            return names
        names = {**names, **{name: f"{service.capitalize()}_{name}" for name in more}}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str) and item.startswith(_REFERENCE):
                yield item.removeprefix(_REFERENCE)
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed_item(key, item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return value


def _renamed_item(key: str, item: Any, names: Mapping[str, str]) -> Any:
    if key == "$ref" and isinstance(item, str) and item.startswith(_REFERENCE):
        name = item.removeprefix(_REFERENCE)
        return _REFERENCE + names.get(name, name)
    return _renamed(item, names)


def _unique(operation_id: Any, service: str, taken: set[str]) -> str:
    name = str(operation_id) if operation_id else service
    while name in taken:
        name = f"{service}_{name}"
    taken.add(name)
    return name
