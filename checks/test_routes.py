"""What is served is what is declared, is described, and changes only on purpose."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import get

from checks.applications import application, document, environment
from checks.snapshots import DOCUMENTED, snapshot
from checks.workspace import services
from platform_auth.guard import UndeclaredRouteError, served, unserved
from platform_auth.routes import INTERNAL, OWN_PORT, ROUTES, of_service, shape
from platform_auth.testing import InternalTokens
from platform_http import create_app
from platform_http.app import UnnamedOperationError

SERVICES = [service.folder.name for service in services()]
PROBLEM = "application/problem+json"

Operation = dict[str, Any]


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Settings that every service accepts."""
    return environment(tmp_path_factory.mktemp("keys"))


def operations(content: bytes) -> Iterator[tuple[str, str, Operation]]:
    """Every (method, path, operation) of a document."""
    for path, item in msgspec.json.decode(content)["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def incomplete(service: str, method: str, path: str, operation: Operation) -> list[str]:
    """What an operation does not say and should."""
    route = of_service(service)[method, shape(path)]
    expected = {"400", "500", "503"}
    if not route.public:
        expected |= {"401", "403"}
    if "{" in path:
        expected |= {"404"}
    problems = {
        status
        for status, response in operation["responses"].items()
        if PROBLEM in response.get("content", {})
    }
    rules = {
        "has no operationId": operation.get("operationId"),
        "has no description": operation.get("description") or operation.get("summary"),
        f"does not say the problems {sorted(expected - problems)}": expected <= problems,
        "has another permission": operation.get("x-permission") == route.permission,
        "does not say that a token is needed": bool(operation.get("security")) != route.public,
        "has an answer that is not described": any(
            status.startswith("2") for status in operation["responses"]
        ),
    }
    return [f"{method} {path} {rule}" for rule, holds in rules.items() if not holds]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_serves_what_is_declared_and_nothing_else(
    service: str, environ: Mapping[str, str]
) -> None:
    async with application(service, environ) as app:
        assert unserved(app, service) == []
        shapes = {(method, shape(path)) for method, path in served(app)}
    own = {("GET", path) for path in OWN_PORT}
    own |= {(method, path) for name, method, path in INTERNAL if name == service}
    edge = {key for key, route in of_service(service).items() if route.at_the_edge}
    assert shapes - own == set(of_service(service)) - edge


def test_every_declared_route_is_of_a_service_that_exists() -> None:
    assert {route.service for route in ROUTES} == set(SERVICES)


@pytest.mark.parametrize("service", DOCUMENTED)
async def test_every_operation_is_described(service: str, environ: Mapping[str, str]) -> None:
    async with application(service, environ) as app:
        content = await document(app)
    found = [
        problem
        for method, path, operation in operations(content)
        for problem in incomplete(service, method, path, operation)
    ]
    assert found == []


@pytest.mark.parametrize("service", DOCUMENTED)
async def test_a_document_changes_only_on_purpose(service: str, environ: Mapping[str, str]) -> None:
    async with application(service, environ) as app:
        content = await document(app)
    assert drift(service, snapshot(service), content) is None


def drift(service: str, kept: Path, served: bytes) -> str | None:
    """What to do when the document that is kept is not the one that is served."""
    if kept.exists() and kept.read_bytes() == served:
        return None
    return f"{service}: run `python -m checks.snapshots`, and look at the difference"


def test_a_document_that_differs_or_is_missing_is_found(tmp_path: Path) -> None:
    served = snapshot(DOCUMENTED[0]).read_bytes()
    kept = tmp_path / "openapi.json"
    assert drift("planted", kept, served)
    kept.write_bytes(served.replace(b'"operationId": "', b'"operationId": "x', 1))
    assert drift("planted", kept, served)
    kept.write_bytes(served)
    assert drift("planted", kept, served) is None


@pytest.mark.parametrize("service", DOCUMENTED)
def test_every_declared_route_is_documented_and_no_other(service: str) -> None:
    told = {(method, shape(path)) for method, path, _ in operations(snapshot(service).read_bytes())}
    assert told == set(of_service(service))


def test_names_of_operations_are_unique_over_all_services() -> None:
    names = [
        operation["operationId"]
        for service in DOCUMENTED
        for _, _, operation in operations(snapshot(service).read_bytes())
    ]
    assert sorted(names) == sorted(set(names))


@get("/v1/planted", operation_id="planted")
async def undeclared() -> None:
    """A route that the list does not have."""


@get("/v1/messages")
async def unnamed() -> None:
    """A route without a name."""


def test_an_undeclared_a_missing_and_an_unnamed_route_are_found() -> None:
    verifier = InternalTokens().verifier
    with pytest.raises(UndeclaredRouteError):
        create_app("messaging", [undeclared], auth=verifier)
    with pytest.raises(UnnamedOperationError):
        create_app("messaging", [unnamed], auth=verifier)
    assert unserved(create_app("messaging", [], auth=verifier), "messaging") == [
        "DELETE /v1/chats/{chat_id}/archive",
        "DELETE /v1/chats/{chat_id}/labels/{label_id}",
        "DELETE /v1/messages/{message_id}",
        "DELETE /v1/messages/{message_id}/reaction",
        "GET /v1/chats",
        "GET /v1/chats/{chat_id}",
        "GET /v1/chats/{chat_id}/messages",
        "GET /v1/chats/{chat_id}/messages/{message_id}",
        "GET /v1/chats/{chat_id}/messages/{message_id}/recipients",
        "GET /v1/chats/{chat_id}/participants",
        "GET /v1/files/{link}",
        "GET /v1/labels",
        "GET /v1/message-actions/{action_id}",
        "GET /v1/message-groups",
        "GET /v1/messages",
        "GET /v1/messages/{message_id}",
        "GET /v1/messages/{message_id}/enrichments",
        "GET /v1/messages/{message_id}/file",
        "GET /v1/messages/{message_id}/versions",
        "GET /v1/outgoing-messages",
        "GET /v1/outgoing-messages/{message_id}",
        "GET /v1/templates",
        "GET /v1/templates/{template_id}",
        "PATCH /v1/messages/{message_id}",
        "POST /v1/chats/{chat_id}/read",
        "POST /v1/files",
        "POST /v1/messages",
        "POST /v1/messages/{message_id}/forward",
        "PUT /v1/chats/{chat_id}/archive",
        "PUT /v1/chats/{chat_id}/labels/{label_id}",
        "PUT /v1/messages/{message_id}/reaction",
        "PUT /v1/messages/{message_id}/votes",
    ]


def test_an_operation_that_says_too_little_is_found(tmp_path: Path) -> None:
    bare: Operation = {"operationId": "x", "description": "x", "responses": {"200": {}}}
    found = incomplete("messaging", "GET", "/v1/messages/{message_id}", bare)
    assert found == [
        "GET /v1/messages/{message_id} does not say the problems"
        " ['400', '401', '403', '404', '500', '503']",
        "GET /v1/messages/{message_id} has another permission",
        "GET /v1/messages/{message_id} does not say that a token is needed",
    ]
