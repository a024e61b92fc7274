"""Who is let through, and what a service gets to see."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from platform_auth import routes
from platform_auth.errors import TokenInvalid
from platform_auth.internal import InternalTokenVerifier
from platform_auth.keys import generate_private_key
from platform_auth.matrix import permissions_of
from platform_auth.principal import Role

from ..conftest import INVALID_TOKEN, ISSUER, METADATA, KeysOnly, Service, ready

StartGateway = Callable[..., Awaitable[str]]

BEHIND = [route for route in routes.ROUTES if route.service not in {"identity", "gateway"}]
GUARDED = [route for route in BEHIND if route.permission]


def path_of(route: routes.Route) -> str:
    return re.sub(r"\{[^}]*\}", str(uuid4()), route.path)


def bearer_of(service: Service) -> str:
    [authorization] = service.header("authorization")
    return authorization.removeprefix("Bearer ")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route.method} {route.path}")
async def test_a_route_follows_the_matrix(
    route: routes.Route, role: Role, http: httpx.AsyncClient, keys_only: KeysOnly, service: Service
) -> None:
    # A project's admin: so that the role in the tenant alone decides.
    headers = keys_only.bearer(role, project_role="admin")
    answer = await http.request(route.method, path_of(route), headers=headers)
    if route.permission in permissions_of(role):
        assert answer.status_code == 200
        assert len(service.seen) == 1
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert service.seen == []


@pytest.mark.parametrize(
    ("role", "project_role", "status"),
    [
        ("user", "agent", 200), ("user", "viewer", 403), ("user", None, 403),
        ("readonly", "admin", 403), ("manager", None, 200), ("manager", "viewer", 200),
    ],
)  # fmt: skip
async def test_a_members_role_in_the_project_narrows_the_role_in_the_tenant(
    role: str, project_role: str | None, status: int, http: httpx.AsyncClient, keys_only: KeysOnly
) -> None:
    headers = keys_only.bearer(role, project_role=project_role)
    assert (await http.post("/v1/contacts", headers=headers)).status_code == status


async def test_a_service_gets_the_caller_in_an_internal_token_and_not_the_access_token(
    http: httpx.AsyncClient, keys_only: KeysOnly, service: Service, verifier: InternalTokenVerifier
) -> None:
    tenant, project, subject = (str(uuid4()) for _ in range(3))
    token = keys_only.token("manager", tid=tenant, pid=project, sub=subject)
    await http.get("/v1/contacts", headers={"Authorization": f"Bearer {token}"})
    principal = verifier.verify(bearer_of(service))
    assert [str(principal.tenant_id), str(principal.project_id), str(principal.subject)] == [
        tenant, project, subject,
    ]  # fmt: skip
    assert principal.permissions == permissions_of(Role.MANAGER)
    assert token not in str(service.seen)
    with pytest.raises(TokenInvalid):
        verifier.verify(token)


async def test_an_internal_token_is_reused_and_is_each_callers_own(
    http: httpx.AsyncClient, keys_only: KeysOnly, service: Service
) -> None:
    ana, rui = keys_only.bearer(), keys_only.bearer()
    for headers in (ana, ana, rui):
        await http.get("/v1/contacts", headers=headers)
    sent = [dict(seen["headers"])["authorization"] for seen in service.seen]
    assert sent[0] == sent[1] != sent[2]


async def test_an_internal_token_does_not_open_the_gateway(
    http: httpx.AsyncClient, keys_only: KeysOnly, service: Service
) -> None:
    await http.get("/v1/contacts", headers=keys_only.bearer())
    internal = {"Authorization": f"Bearer {bearer_of(service)}"}
    answer = await http.get("/v1/contacts", headers=internal)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def bad_tokens(keys: KeysOnly) -> dict[str, str]:
    now = int(time.time())
    good = keys.token()
    claims = jwt.decode(good, options={"verify_signature": False})
    kid = jwt.get_unverified_header(good)["kid"]
    other = jwt.encode(claims, generate_private_key(), "ES256", {"typ": "at+jwt", "kid": kid})
    return {
        "expired": keys.token(exp=now - 120, nbf=now - 800),
        "audience": keys.token(aud="ventros-internal"),
        "issuer": keys.token(iss="https://evil.test"),
        "signature": other,
        "tampered": good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:],
        "role": keys.token(role="root"),
        "garbage": "x" * 40,
        "long": "x" * 9000,
    }


@pytest.mark.parametrize(
    "kind",
    ["expired", "audience", "issuer", "signature", "tampered", "role", "garbage", "long"],
)
async def test_a_bad_token_is_answered_401_and_nothing_reaches_a_service(
    kind: str, http: httpx.AsyncClient, keys_only: KeysOnly, service: Service
) -> None:
    headers = {"Authorization": f"Bearer {bad_tokens(keys_only)[kind]}"}
    answer = await http.get("/v1/contacts", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == ("token_expired" if kind == "expired" else "token_invalid")
    assert answer.headers["www-authenticate"] == INVALID_TOKEN
    assert answer.headers["content-type"] == "application/problem+json"
    assert service.seen == []


async def test_without_a_token_401(http: httpx.AsyncClient, service: Service) -> None:
    bare: dict[str, str] = {}
    for headers in (
        bare,
        {"X-Ventros-Tenant-Id": str(uuid4()), "X-Ventros-Role": "admin"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
    ):
        answer = await http.get("/v1/contacts", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
        # RFC 6750, section 3.1: who proved nothing made no error.
        assert answer.headers.get_list("www-authenticate") == [f"Bearer {METADATA}"]
    assert service.seen == []


async def test_a_stranger_finds_the_way_to_a_token_from_a_401_alone(
    start_gateway: StartGateway, identity: str
) -> None:
    """RFC 9728, section 5.1: from the header to the resource, and on to its server of tokens."""
    url = await start_gateway(identity_url=identity)
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        await ready(http)

        async def follow(address: str) -> dict[str, Any]:
            assert address.startswith(f"{ISSUER}/")
            answer = await http.get(address.removeprefix(ISSUER))
            assert answer.status_code == 200
            said: dict[str, Any] = answer.json()
            return said

        said = (await http.get("/v1/contacts")).headers["www-authenticate"]
        _, _, address = said.partition('resource_metadata="')
        resource = await follow(address.removesuffix('"'))
        assert resource["resource"] == ISSUER
        [server] = resource["authorization_servers"]
        named = await follow(f"{server}/.well-known/oauth-authorization-server")
        assert (named["issuer"], named["token_endpoint"]) == (ISSUER, f"{ISSUER}/oauth/token")


async def test_a_remembered_token_that_expires_stops_working(
    http: httpx.AsyncClient, keys_only: KeysOnly, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = keys_only.bearer()
    assert (await http.get("/v1/contacts", headers=headers)).status_code == 200
    later = time.time() + 661
    monkeypatch.setattr("ventros_gateway.callers.time.time", lambda: later)
    answer = await http.get("/v1/contacts", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


async def test_forged_identity_headers_never_arrive(
    http: httpx.AsyncClient, keys_only: KeysOnly, service: Service
) -> None:
    forged = {
        "X-Ventros-Tenant-Id": "forged", "x-ventros-permissions": "forged",
        "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "forged", "Forwarded": "for=forged",
        "X-Real-IP": "forged", "Cookie": "a=forged",
    }  # fmt: skip
    await http.get("/v1/contacts", headers={**keys_only.bearer(), **forged})
    assert "forged" not in str(service.seen)
    assert service.header("x-forwarded-for") == ["127.0.0.1"]


async def test_request_id_and_trace_go_through(
    http: httpx.AsyncClient, keys_only: KeysOnly, service: Service
) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {**keys_only.bearer(), "X-Request-Id": "abcdefgh-1", "traceparent": trace}
    answer = await http.get("/v1/contacts", headers=headers)
    assert answer.headers.get_list("x-request-id") == ["abcdefgh-1"]
    assert service.header("x-request-id") == ["abcdefgh-1"]
    assert service.header("traceparent") == [trace]
    made = await http.get("/v1/contacts", headers=keys_only.bearer())
    assert made.headers["x-request-id"] == service.header("x-request-id")[0]


async def test_paths_that_are_not_declared_are_not_forwarded(
    http: httpx.AsyncClient, keys_only: KeysOnly, service: Service
) -> None:
    for path in ("/v1", "/v1/contacts/", "/v1/secrets", "/v1/contacts/1/2/3", "/webhooks",
                 "/webhooks/a/b", "/internal", "/v1/contacts/1/openapi.json"):  # fmt: skip
        answer = await http.get(path, headers=keys_only.bearer())
        assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found"), path
    assert service.seen == []


@pytest.mark.parametrize(
    "path",
    ["/v1/../contacts", "/v1//contacts", "/v1/%2e%2e/contacts", "/v1/contacts%2f1",
     "/v1/./contacts", "/webhooks/..%2fv1%2fcontacts", "/v1/contacts/%252e", "/v1\\contacts",
     "/v1/contacts/%00"],
)  # fmt: skip
async def test_path_tricks_are_refused(
    path: str, gateway: str, keys_only: KeysOnly, service: Service
) -> None:
    """Sent by hand: clients tidy such paths up."""
    host, port = gateway.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = keys_only.token()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Connection: close\r\n\r\n".encode()
    )
    answer = (await reader.read()).decode()
    writer.close()
    assert " 400 " in answer.splitlines()[0]
    assert service.seen == []


async def test_a_method_that_a_path_does_not_have(
    http: httpx.AsyncClient, keys_only: KeysOnly
) -> None:
    answer = await http.put("/v1/contacts", headers=keys_only.bearer())
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_new_signing_key_is_learnt_and_an_old_one_still_good(
    http: httpx.AsyncClient, keys_only: KeysOnly
) -> None:
    old = keys_only.bearer()
    keys_only.keys.append(generate_private_key())
    assert (await http.get("/v1/contacts", headers=keys_only.bearer())).status_code == 200
    assert (await http.get("/v1/contacts", headers=old)).status_code == 200


async def test_unknown_keys_do_not_make_the_gateway_ask_identity_each_time(
    http: httpx.AsyncClient, keys_only: KeysOnly
) -> None:
    before = keys_only.asked
    for _ in range(10):
        claims: dict[str, Any] = {"iss": "x"}
        header = {"typ": "at+jwt", "kid": str(uuid4())}
        token = jwt.encode(claims, generate_private_key(), "ES256", header)
        answer = await http.get("/v1/contacts", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
    assert keys_only.asked - before <= 1
