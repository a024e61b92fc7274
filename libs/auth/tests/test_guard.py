from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar, Request, Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.testing import create_test_client

from platform_auth.errors import TokenInvalid, TokenMissing
from platform_auth.guard import RouteGuard, UndeclaredRouteError, unserved
from platform_auth.routes import of_service, shape
from platform_auth.testing import InternalTokens
from platform_core.errors import DomainError, Forbidden

TOKENS = InternalTokens()
STATUS = {TokenMissing: 401, TokenInvalid: 401, Forbidden: 403}


@get("/v1/channels/{some_id:str}")
async def read_channel(request: Request[Any, Any, Any], some_id: FromPath[str]) -> str:
    return f"{some_id} {request.user.role}"


@post("/v1/channels")
async def create_channel() -> str:
    return "made"


@post("/webhooks/{webhook_id:str}", status_code=HTTP_200_OK)
async def webhook(webhook_id: FromPath[str]) -> str:
    return webhook_id


@get("/v1/secrets")
async def undeclared() -> str:
    return "oops"


def domain_error(_: Request[Any, Any, Any], error: DomainError) -> Response[str]:
    return Response(error.code, status_code=STATUS[type(error)])


def client(guard: RouteGuard) -> Any:
    return create_test_client(
        [read_channel, create_channel, webhook],
        middleware=[guard],
        exception_handlers={DomainError: domain_error},
        openapi_config=None,
    )


def test_the_permission_of_the_route_decides() -> None:
    guard = RouteGuard("channels", TOKENS.verifier)
    with client(guard) as http:
        guard.learn(http.app)
        for role, status in {"admin": 201, "manager": 403, "user": 403, "readonly": 403}.items():
            header = TOKENS.header(uuid4(), uuid4(), role)
            assert http.get("/v1/channels/7", headers=header).text == f"7 {role}"
            assert http.post("/v1/channels", headers=header).status_code == status


def test_without_a_valid_token_only_public_routes_answer() -> None:
    guard = RouteGuard("channels", TOKENS.verifier)
    with client(guard) as http:
        guard.learn(http.app)
        assert http.post("/webhooks/abc").text == "abc"
        assert http.get("/v1/channels/7").text == "token_missing"
        other = {"Authorization": "Basic x"}
        assert http.get("/v1/channels/7", headers=other).text == "token_missing"
        for header in ("Bearer x", f"Bearer {InternalTokens().mint(uuid4(), uuid4())}"):
            answer = http.get("/v1/channels/7", headers={"Authorization": header})
            assert (answer.status_code, answer.text) == (401, "token_invalid")


def test_an_application_with_an_undeclared_route_does_not_start() -> None:
    app = Litestar([read_channel, undeclared], openapi_config=None)
    with pytest.raises(UndeclaredRouteError, match="GET /v1/secrets"):
        RouteGuard("channels", TOKENS.verifier).learn(app)


def test_a_route_of_another_service_is_undeclared_here() -> None:
    app = Litestar([read_channel], openapi_config=None)
    with pytest.raises(UndeclaredRouteError, match=r"GET /v1/channels/\{some_id\}"):
        RouteGuard("contacts", TOKENS.verifier).learn(app)


def test_routes_that_are_not_served_are_listed() -> None:
    app = Litestar([read_channel, create_channel, webhook], openapi_config=None)
    missing = unserved(app, "channels")
    declared = {f"{method} {path}" for method, path in of_service("channels")}
    served = {"GET /v1/channels/{}", "POST /v1/channels", "POST /webhooks/{}"}
    assert {shape(one) for one in missing} == declared - served
    assert missing == sorted(missing)


def test_before_it_has_learnt_the_routes_a_guard_lets_nobody_in() -> None:
    with client(RouteGuard("channels", TOKENS.verifier)) as http:
        assert http.post("/webhooks/abc").status_code == 405
