"""What browsers are told, on every answer of the gateway."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from ventros_gateway.addresses import Peers
from ventros_gateway.browsers import Browsers

from ..conftest import KeysOnly, Service, ready

StartGateway = Callable[..., Awaitable[str]]
OURS = "https://app.ventros.example"
ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture
async def http(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service
) -> httpx.AsyncClient:
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, cors_origins=f"{OURS}, http://x:3000",
        trusted_proxies="127.0.0.0/8",
    )  # fmt: skip
    client = httpx.AsyncClient(base_url=url)
    await ready(client)
    return client


async def test_every_answer_says_what_may_be_done_with_it(
    http: httpx.AsyncClient, keys_only: KeysOnly
) -> None:
    for path in ("/v1/contacts", "/v1/nowhere", "/docs", "/docs/start.js", "/health", "/v1//x"):
        for headers in ({}, keys_only.bearer()):
            answer = await http.get(path, headers=headers)
            assert answer.headers.get_list("x-content-type-options") == ["nosniff"], path
            assert answer.headers.get_list("referrer-policy") == ["no-referrer"], path
            [policy] = answer.headers.get_list("content-security-policy")
            assert "frame-ancestors 'none'" in policy
            assert "default-src 'none'" in policy
            assert "strict-transport-security" not in answer.headers
    page = await http.get("/docs")
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_https_is_kept_to_where_a_trusted_proxy_says_it_is_spoken(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get("/health", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["strict-transport-security"].startswith("max-age=")


async def test_a_named_origin_may_ask_and_read(
    http: httpx.AsyncClient, keys_only: KeysOnly, service: Service
) -> None:
    preflight = await http.options("/v1/contacts", headers={"Origin": OURS, **ASKED})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == OURS
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in preflight.headers
    assert service.seen == []
    answer = await http.get("/v1/contacts", headers={"Origin": OURS, **keys_only.bearer()})
    assert answer.headers["access-control-allow-origin"] == OURS
    exposed = answer.headers["access-control-expose-headers"]
    for name in ("ratelimit", "accept-ranges", "content-range", "etag"):
        assert name in exposed
    assert "origin" in answer.headers["vary"].lower()
    refused = await http.get("/v1/contacts", headers={"Origin": OURS})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, OURS)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", OURS + ".evil.example", "null", OURS.upper(), "http://x", ""]
)
async def test_no_other_origin_is_told_anything(
    http: httpx.AsyncClient, keys_only: KeysOnly, origin: str
) -> None:
    preflight = await http.options("/v1/contacts", headers={"Origin": origin, **ASKED})
    answer = await http.get("/v1/contacts", headers={"Origin": origin, **keys_only.bearer()})
    for each in (preflight, answer):
        assert not [name for name in each.headers if name.startswith("access-control-allow")]
        assert "origin" in each.headers["vary"].lower()


async def test_by_default_no_origin_is_allowed_and_a_service_cannot_allow_one(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service
) -> None:
    async def allow(_: object, __: object, send: object) -> None:
        headers = [(b"access-control-allow-origin", b"*"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]

    service.answer = allow
    url = await start_gateway(identity_url=keys_only.url, contacts_url=service.url)
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
        answer = await http.get("/v1/contacts", headers={"Origin": OURS, **keys_only.bearer()})
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", ["*", "app.example", "https://a.example/", "https://*.example"])
def test_what_is_no_origin_is_an_error_at_start(origin: str) -> None:
    async def app(scope: object, receive: object, send: object) -> None: ...

    with pytest.raises(ValueError, match="not an origin"):
        Browsers(app, origins=[origin], peers=Peers([]))
