"""Health of all, and the documentation."""

import re
from collections.abc import Awaitable, Callable

import httpx

from platform_auth.matrix import permissions_of
from platform_auth.principal import Role
from platform_auth.routes import ROUTES
from platform_testkit.waiting import eventually

from ..conftest import KeysOnly, Service, ready

StartGateway = Callable[..., Awaitable[str]]


async def test_health_tells_of_every_service(
    start_gateway: StartGateway, service: Service, identity: str
) -> None:
    url = await start_gateway(
        identity_url=identity, contacts_url=service.url, sessions_url=service.url
    )
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/health")
    assert answer.status_code == 503
    body = answer.json()
    assert body["status"] == "not_ready"
    assert {name: one["status"] for name, one in body["services"].items()} == {
        "identity": "ready", "channels": "away", "contacts": "ready", "sessions": "ready",
        "messaging": "away",
    }  # fmt: skip
    assert body["services"]["identity"]["parts"] == {"database": True}


async def test_sign_in_and_read_through_the_gateway(
    start_gateway: StartGateway, identity: str
) -> None:
    url = await start_gateway(identity_url=identity)
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
        wrong = {"email": "ana@ana.example", "password": "wrong"}
        refused = await http.post("/v1/auth/sign-in", json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")
        signed_in = await http.post(
            "/v1/auth/sign-in", json={**wrong, "password": "a long password"}
        )
        token = signed_in.json()["access_token"]
        me = await http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["user"]["email"] == "ana@ana.example"
        made = await http.post(
            "/v1/projects", json={"name": "Nova"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert made.status_code == 201
        assert (await http.get("/.well-known/jwks.json")).json()["keys"]


async def test_who_signs_out_is_refused_within_a_second(
    start_gateway: StartGateway, identity: str
) -> None:
    """All of it real: identity tells the broker, the broker the gateway."""
    url = await start_gateway(identity_url=identity)
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
        credentials = {"email": "ana@ana.example", "password": "a long password"}
        tokens = [
            (await http.post("/v1/auth/sign-in", json=credentials)).json()["access_token"]
            for _ in range(2)
        ]
        gone, kept = ({"Authorization": f"Bearer {token}"} for token in tokens)
        assert (await http.get("/v1/me", headers=gone)).status_code == 200
        assert (await http.post("/v1/auth/sign-out", headers=gone)).status_code == 204

        async def refused() -> bool:
            answer = await http.get("/v1/me", headers=gone)
            return answer.status_code == 401 and answer.json()["code"] == "token_revoked"

        await eventually(refused, timeout=1)
        assert (await http.get("/v1/me", headers=kept)).status_code == 200


async def test_the_merged_document_has_every_route_of_the_services_that_answer(
    start_gateway: StartGateway, identity: str
) -> None:
    url = await start_gateway(identity_url=identity)
    async with httpx.AsyncClient(base_url=url) as http:
        document = (await http.get("/openapi.json")).json()
    shown = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    own = {("GET", "/v1/events/stream")}
    theirs = {(route.method, route.path) for route in ROUTES if route.service == "identity"}
    assert shown == theirs | own
    ids = [one["operationId"] for item in document["paths"].values() for one in item.values()]
    assert len(ids) == len(set(ids))
    for name in set(re.findall(r'#/components/schemas/([^"\']+)', str(document))):
        assert name in document["components"]["schemas"]


async def test_the_page_needs_nothing_from_elsewhere(
    start_gateway: StartGateway, keys_only: KeysOnly
) -> None:
    url = await start_gateway(identity_url=keys_only.url)
    async with httpx.AsyncClient(base_url=url) as http:
        page = await http.get("/docs")
        assert page.status_code == 200
        assert "text/html" in page.headers["content-type"]
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "//" not in page.text.replace("<!doctype html>", "")
        for path in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
            asset = await http.get(path)
            assert asset.status_code == 200, path
            assert len(asset.content) > 50
        for path in ("/docs/LICENSE", "/docs/index.html", "/docs/..%2fpage.py", "/docs/x"):
            assert (await http.get(path)).status_code in {400, 404}


async def test_the_permissions_are_those_that_decide(
    start_gateway: StartGateway, keys_only: KeysOnly
) -> None:
    url = await start_gateway(identity_url=keys_only.url)
    async with httpx.AsyncClient(base_url=url) as http:
        shown = (await http.get("/docs/permissions.json")).json()
        page = await http.get("/docs/permissions")
    told = {(one["method"], one["path"]): one for one in shown["routes"]}
    assert set(told) == {(route.method, route.path) for route in ROUTES}
    for route in ROUTES:
        one = told[route.method, route.path]
        may = [role for role in Role if route.permission in {None, *permissions_of(role)}]
        assert (one["permission"], one["roles"]) == (route.permission, may)
        assert route.path in page.text
    granted = {
        f"{one['resource']}:{operation}"
        for one in shown["resources"]
        for operation in one["operations"]["manager"]
    }
    assert granted == permissions_of(Role.MANAGER)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "//" not in page.text.replace("<!doctype html>", "")


async def test_requests_are_counted_by_route(http: httpx.AsyncClient, keys_only: KeysOnly) -> None:
    await http.get("/v1/contacts/0190a8a0-dead", headers=keys_only.bearer())
    text = (await http.get("/metrics")).text
    assert 'method="GET",route="/v1/contacts/{contact_id}",service="gateway",status="200"' in text
    assert "0190a8a0-dead" not in text
