"""The page on which a person lets an application in, as it comes through the gateway."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from ..conftest import ISSUER, ready

StartGateway = Callable[..., Awaitable[str]]
BACK = "https://shop.example/back"


@pytest.fixture
async def http(start_gateway: StartGateway, identity: str) -> AsyncIterator[httpx.AsyncClient]:
    url = await start_gateway(identity_url=identity)
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        await ready(http)
        yield http


@pytest.fixture
async def asked(http: httpx.AsyncClient) -> dict[str, str]:
    """A request as an application makes it."""
    credentials = {"email": "ana@ana.example", "password": "a long password"}
    signed_in = (await http.post("/v1/auth/sign-in", json=credentials)).json()
    wanted = {"name": "Shop", "kind": "confidential", "scopes": ["contact:list"]}
    made = await http.post(
        "/v1/applications",
        json={**wanted, "redirect_uris": [BACK]},
        headers={
            "Authorization": f"Bearer {signed_in['access_token']}",
            "Idempotency-Key": str(uuid4()),
        },
    )
    assert made.status_code == 201, made.text
    return {
        "client_id": made.json()["application"]["id"],
        "redirect_uri": BACK,
        "response_type": "code",
        "state": "a/state&more=ü",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }


def alone(answer: httpx.Response) -> None:
    """It runs its own scripts alone, in no frame, is kept by nobody and keeps nothing."""
    [policy] = answer.headers.get_list("content-security-policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert answer.headers.get_list("referrer-policy") == ["no-referrer"]
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


async def test_the_page_and_its_files_come_as_they_are(
    http: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    page = await http.get("/oauth/authorize", params=asked)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    alone(page)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", page.text)
    files = re.findall(r'(?:src|href)="([^":]+)"', page.text)
    assert len(files) == 2
    for file in files:
        answer = await http.get(httpx.URL(page.url).join(file))
        assert answer.status_code == 200, file
        assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert (await http.get("/oauth/authorize/..%2fapp.py")).status_code in {400, 404}


async def test_a_refusal_goes_to_the_application_and_the_gateway_follows_nobody(
    http: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    answer = await http.get("/oauth/authorize", params={**asked, "response_type": "token"})
    assert answer.status_code == 302
    address, _, query = answer.headers["location"].partition("?")
    assert address == BACK
    told = dict(parse_qsl(query))
    assert (told["error"], told["state"], told["iss"]) == (
        "unsupported_response_type",
        asked["state"],
        ISSUER,
    )


@pytest.mark.parametrize(
    "change", [{"redirect_uri": "https://shop.example/other"}, {"client_id": str(UUID(int=7))}]
)
async def test_a_person_who_cannot_be_sent_anywhere_reads_why(
    http: httpx.AsyncClient, asked: dict[str, str], change: dict[str, str]
) -> None:
    answer = await http.get("/oauth/authorize", params={**asked, **change})
    assert answer.status_code in {404, 422}
    assert "location" not in answer.headers
    alone(answer)
    assert 'role="alert"' in answer.text
    assert urlsplit(change.get("redirect_uri", BACK)).netloc not in answer.text
