"""Every guarded route of every service, through the gateway: each role, own and other tenant, and
every fault that a token can have."""

import base64
import contextlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from checks.applications import ISSUER, environment
from checks.contracts.running import Caller, Running, gateway, listening, running
from checks.snapshots import DOCUMENTED
from platform_auth.access import AccessTokenIssuer
from platform_auth.internal import InternalTokenIssuer
from platform_auth.keys import generate_private_key, public_pem, thumbprint, to_jwk_set
from platform_auth.principal import Role
from platform_auth.project_matrix import ProjectRole, needs_membership, permissions_in_project
from platform_auth.routes import GATEWAY, ROUTES, WEBSOCKET, Route
from platform_auth.scopes import SCOPES
from platform_auth.testing import principal
from platform_core.ids import new_id
from platform_devstack.provision import ServiceDatabase
from platform_testkit.servers import ServerPark

MakeDatabase = Callable[[str], ServiceDatabase]

GUARDED: Final = [
    route for route in ROUTES if route.permission is not None and route.method != WEBSOCKET
]
"""WebSockets are knocked at in the gateway's own tests."""


class Watched:
    """A service that counts what reaches it. Identity's keys are the test's own, and it has nothing
    to say about revoked access: what one request ends is not to change the next."""

    def __init__(self, app: Any, keys: bytes) -> None:
        self._app = app
        self._own = {
            "/.well-known/jwks.json": keys,
            "/internal/revocations": b'{"items": [], "next_cursor": null}',
        }
        self.reached = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        own = self._own.get(scope["path"])
        if own is None:
            self.reached += 1
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": own})


class Edge(msgspec.Struct, frozen=True):
    """The gateway before every service."""

    http: httpx.AsyncClient
    key: ec.EllipticCurvePrivateKey
    services: Mapping[str, Running]
    watched: Mapping[str, Watched]

    def reached(self) -> int:
        """How many requests have come through to a service."""
        return sum(one.reached for one in self.watched.values())

    def service(self, route: Route) -> Running:
        """Whose route it is. The gateway has nothing of its own: it shows what is of all."""
        return self.services["contacts" if route.service == GATEWAY else route.service]

    def path(self, route: Route) -> str:
        """The route to something that exists, where the service has such a thing."""
        known = self.service(route).known
        names = (part.strip("{}") for part in route.path.split("/") if part.startswith("{"))
        return route.path.format(**{name: known.get(name, [str(uuid4())])[0] for name in names})

    def token(self, caller: Caller, **change: Any) -> str:
        """An access token as identity makes them."""
        tenant_id, project_id, user_id = caller
        issuer = AccessTokenIssuer(self.key, issuer=ISSUER)
        given: dict[str, Any] = {"subject": user_id or uuid4(), "role": Role.ADMIN, **change}
        return issuer.issue(token_id=new_id(), tenant_id=tenant_id, project_id=project_id, **given)

    async def ask(self, route: Route, authorization: str | None) -> tuple[int, str]:
        """Status and text of the answer; only the status of one without an end."""
        headers = {"Idempotency-Key": str(uuid4())}
        if authorization is not None:
            headers["Authorization"] = authorization
        body: dict[str, Any] | None = None if route.method in {"GET", "DELETE"} else {}
        request = self.http.build_request(
            route.method, self.path(route), headers=headers, json=body
        )
        answer = await self.http.send(request, stream=True)
        try:
            endless = answer.headers.get("content-type", "").startswith("text/event-stream")
            return answer.status_code, "" if endless else (await answer.aread()).decode()
        finally:
            await answer.aclose()


@pytest.fixture
async def edge(
    make_database: MakeDatabase, tmp_path: Path, redis_url: str, server_park: ServerPark
) -> AsyncIterator[Edge]:
    """Everything, in this process."""
    key = generate_private_key()
    key_set = msgspec.json.encode(to_jwk_set([key.public_key()]))
    environ = {
        **environment(tmp_path),
        "VENTROS_REDIS_URL": redis_url,
        "VENTROS_AMQP_URL": server_park.amqp_url(),
    }
    services: dict[str, Running] = {}
    watched: dict[str, Watched] = {}
    async with contextlib.AsyncExitStack() as stack:
        for name in DOCUMENTED:
            one = await stack.enter_async_context(running(name, make_database(name), environ))
            services[name], watched[name] = one, Watched(one.app, key_set)
            url = await stack.enter_async_context(listening(watched[name]))
            environ[f"VENTROS_{name.upper()}_URL"] = url
        app = await stack.enter_async_context(gateway(environ))
        url = await stack.enter_async_context(listening(app))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
        yield Edge(http, key, services, watched)


Callers = Mapping[str, tuple[dict[str, Any], frozenset[str]]]


def callers() -> Callers:
    """Every kind of caller: what its token says, and what it may do."""
    people = {
        f"{role} {project_role}": (
            {"role": role, "project_role": project_role},
            permissions_in_project(role, project_role),
        )
        for role in Role
        for project_role in (ProjectRole if needs_membership(role) else [None])
    }
    application = uuid4()
    itself = {"kind": "application", "role": None, "subject": application}
    some = frozenset({"contact:read", "contact:list"})
    return {
        **people,
        "application": (
            {**itself, "application_id": application, "scopes": SCOPES},
            SCOPES,
        ),
        "application for an admin": (
            {"role": Role.ADMIN, "application_id": application, "scopes": some},
            some,
        ),
        "application that asks for more": (
            {**itself, "application_id": application, "scopes": ["user:create", "me:update"]},
            frozenset(),
        ),
    }


@pytest.mark.timeout(300)
async def test_a_route_is_open_to_those_who_may_and_shows_them_their_own(edge: Edge) -> None:
    wrong: list[str] = []
    for name, (says, may) in callers().items():
        for route in GUARDED:
            mine = edge.service(route).caller
            before = edge.reached()
            status, text = await edge.ask(route, f"Bearer {edge.token(mine, **says)}")
            allowed = route.permission in may
            refused = status == 403 and "lacks the permission" in text
            if refused == allowed or status in {401, 500, 502, 504}:
                wrong.append(f"{name}: {route.method} {route.path}: {status} {text[:200]}")
            if not allowed and edge.reached() != before:
                wrong.append(f"{name}: {route.method} {route.path} came through")
    assert wrong == []


@pytest.mark.timeout(300)
async def test_another_tenant_is_told_of_nothing(edge: Edge) -> None:
    wrong: list[str] = []
    for name, (says, may) in callers().items():
        theirs = (uuid4(), uuid4(), uuid4())
        for route in GUARDED:
            status, text = await edge.ask(route, f"Bearer {edge.token(theirs, **says)}")
            told = leaks(edge.service(route), edge.path(route), text)
            if told or (route.permission in may and "{" in route.path and status < 400):
                wrong.append(f"{name}: {route.method} {route.path}: {status} {text[:200]} {told}")
    assert wrong == []


def leaks(service: Running, path: str, text: str) -> list[str]:
    """What an answer says of somebody else's, beyond what its request had in the path."""
    tenant_id, project_id, _ = service.caller
    secrets = [str(tenant_id), str(project_id)]
    secrets += [each for values in service.known.values() for each in values]
    return [each for each in secrets if each in text and each not in path]


def faults(edge: Edge, caller: Caller) -> dict[str, str | None]:
    """Every way in which a token can be wrong, as Authorization headers."""
    good = edge.token(caller)
    claims = jwt.decode(good, options={"verify_signature": False})
    kid = thumbprint(edge.key.public_key())
    head, payload, signature = good.split(".")
    raised = {**claims, "role": "admin", "tid": str(uuid4())}
    now = int(time.time())
    stranger = generate_private_key()

    def signed(key: Any = edge.key, alg: str = "ES256", **change: Any) -> str:
        header = {"typ": "at+jwt", "kid": kid, **change.pop("header", {})}
        return f"Bearer {jwt.encode({**claims, **change}, key, alg, header)}"

    known: UUID = caller[0]
    itself = InternalTokenIssuer(edge.key).issue(principal(known, caller[1]))
    confused = _hs256({"typ": "at+jwt", "kid": kid}, claims, public_pem(edge.key.public_key()))
    return {
        "none": None,
        "empty": "Bearer",
        "another scheme": f"Basic {base64.b64encode(b'a:b').decode()}",
        "not a token": "Bearer x.y.z",
        "expired": signed(iat=now - 900, nbf=now - 900, exp=now - 300),
        "not valid yet": signed(nbf=now + 300),
        "wrong audience": signed(aud="ventros-internal"),
        "wrong issuer": signed(iss="somebody"),
        "wrong kind": signed(header={"typ": "JWT"}),
        "internal": f"Bearer {itself}",
        "wrong signature": signed(key=stranger),
        "unknown key": signed(key=stranger, header={"kid": thumbprint(stranger.public_key())}),
        "its own key": signed(
            key=stranger,
            header={"jwk": msgspec.to_builtins(to_jwk_set([stranger.public_key()]).keys[0])},
        ),
        "no algorithm": signed(key=None, alg="none"),
        "a public key as a secret": f"Bearer {confused}",
        "tampered": f"Bearer {head}.{_part(raised)}.{signature}",
        "no signature": f"Bearer {head}.{payload}.",
        "without times": f"Bearer {_without(claims, edge.key, kid, 'exp')}",
        "a critical extension": signed(header={"crit": ["x"], "x": 1}),
    }


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _without(claims: dict[str, Any], key: Any, kid: str, name: str) -> str:
    less = {each: value for each, value in claims.items() if each != name}
    return jwt.encode(less, key, "ES256", {"typ": "at+jwt", "kid": kid})


def _hs256(header: dict[str, str], claims: dict[str, Any], secret: bytes) -> str:
    """What a library that trusts the header would take: signed with the public key as a secret."""
    content = f"{_part({**header, 'alg': 'HS256'})}.{_part(claims)}"
    digest = hmac.digest(secret, content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


@pytest.mark.timeout(300)
async def test_a_token_with_a_fault_opens_nothing(edge: Edge) -> None:
    wrong: list[str] = []
    before = edge.reached()
    for route in GUARDED:
        for fault, header in faults(edge, edge.service(route).caller).items():
            status, text = await edge.ask(route, header)
            if status != 401 or "trace" in text.lower():
                wrong.append(f"{fault}: {route.method} {route.path}: {status} {text[:200]}")
    assert wrong == []
    assert edge.reached() == before
    # A token without a fault does, else the faults would show nothing.
    route = next(each for each in GUARDED if each.path == "/v1/contacts" and each.method == "GET")
    contacts = edge.services["contacts"]
    status, text = await edge.ask(route, f"Bearer {edge.token(contacts.caller)}")
    assert status == 200
    assert set(contacts.known["contact_id"]) <= set(leaks(contacts, "", text))
