"""An application asks a person for access, in a browser, and is a client library as it comes."""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pyotp
import pytest
from aiohttp import web
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from playwright.async_api import expect
from yarl import URL

from platform_testkit.waiting import eventually
from ventros_e2e.api import Api, Project
from ventros_e2e.own_stack import OwnStack
from ventros_e2e.tenants import Login, make_tenant

from .browser import Visit, visiting

pytestmark = pytest.mark.e2e

METADATA = "/.well-known/oauth-authorization-server"
ASKS_FOR = "contact:list contact:read"
REFUSED = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
"""What Chromium says in its console of an answer that the page expects."""


class Program:
    """An application on the person's own machine: it waits on a port for the answer."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[URL] = asyncio.Queue()
        self.home = ""
        self.framed = ""
        self.id = ""
        self.verifier = secrets.token_urlsafe(48)
        self.metadata: dict[str, Any] = {}

    @property
    def back(self) -> str:
        return f"{self.home}/back"

    def client(self) -> AsyncOAuth2Client:
        """An unmodified client, which keeps its token and sends it."""
        return AsyncOAuth2Client(
            self.id,
            scope=ASKS_FOR,
            redirect_uri=self.back,
            code_challenge_method="S256",
            token_endpoint_auth_method="none",
            token_endpoint=self.metadata["token_endpoint"],
            base_url=self.metadata["issuer"],
            timeout=30,
        )

    def asks(self, client: AsyncOAuth2Client, **change: str) -> tuple[str, str]:
        """Where the person is sent, and the state that has to come back."""
        address, state = client.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=self.verifier
        )
        return str(URL(address).update_query(change)), state

    async def answer(self) -> URL:
        """What the browser brings back."""
        async with asyncio.timeout(30):
            return await self.came.get()

    async def take(self, request: web.Request) -> web.Response:
        self.came.put_nowait(request.url)
        return _page("You may close this window.")

    async def frame(self, request: web.Request) -> web.Response:
        del request
        return _page(f'<iframe src="{self.framed}"></iframe>')


def _page(content: str) -> web.Response:
    text = f'<!doctype html><link rel="icon" href="data:,">{content}'
    return web.Response(text=text, content_type="text/html")


@pytest.fixture
async def person(stack: OwnStack) -> Login:
    return await make_tenant(stack.around, "consent")


@pytest.fixture
async def api(stack: OwnStack, person: Login) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        api = Api(stack.gateway_url, session)
        await api.sign_in(person.email, person.password)
        yield api


@pytest.fixture
async def program(api: Api) -> AsyncIterator[Program]:
    program = Program()
    app = web.Application()
    app.router.add_get("/back", program.take)
    app.router.add_get("/frame", program.frame)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    _, port = runner.addresses[0][:2]
    program.home = f"http://127.0.0.1:{port}"
    wanted = {
        "name": "Bookkeeping",
        "kind": "public",
        # The port is whichever is free (RFC 8252).
        "redirect_uris": ["http://127.0.0.1/back"],
        "scopes": [*ASKS_FOR.split(), "contact:create"],
    }
    made = await api.send("POST", "/v1/applications", wanted, dict[str, Any], key=str(uuid4()))
    program.id = made["application"]["id"]
    program.metadata = json.loads(await api.call("GET", METADATA))
    yield program
    await runner.cleanup()


@pytest.fixture
async def visit(stack: OwnStack, program: Program) -> AsyncIterator[Visit]:
    async with visiting(stack.gateway_url, also=[program.home]) as one:
        yield one


async def sign_in(visit: Visit, person: Login, password: str | None = None) -> None:
    await visit.page.get_by_label("E-mail address").fill(person.email)
    await visit.page.get_by_label("Password").fill(password or person.password)
    await visit.page.get_by_role("button", name="Sign in").click()


async def devices(api: Api) -> list[str | None]:
    """What the person is signed in with."""
    return [one["device"] for one in await api.every("/v1/me/sign-ins", dict[str, Any])]


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


async def test_a_person_lets_an_application_in_and_takes_it_back(
    visit: Visit, person: Login, api: Api, program: Program
) -> None:
    other = await api.send("POST", "/v1/projects", {"name": "Other shop"}, Project)
    page = visit.page
    async with program.client() as client:
        address, state = program.asks(client)
        # Read in another way, the empty field would ask for all that the application may have.
        await page.goto(address.replace("?", "?scope=&", 1))
        await sign_in(visit, person, "a wrong password")
        await expect(page.get_by_role("alert")).to_contain_text("password is wrong")
        await sign_in(visit, person)

        await expect(page.get_by_role("heading")).to_contain_text("Bookkeeping")
        await expect(page.get_by_role("listitem")).to_have_text(["List contacts", "Read contacts"])
        await expect(page.get_by_text(person.email)).to_be_visible()
        await page.get_by_label("project").select_option(label="Other shop")
        assert await page.evaluate("sessionStorage.length") == 0
        await page.get_by_role("button", name="Allow").click()
        back = await program.answer()

        assert (back.query["state"], back.query["iss"]) == (state, program.metadata["issuer"])
        assert await page.context.storage_state() == {"cookies": [], "origins": []}
        token = await client.fetch_token(
            authorization_response=str(back), code_verifier=program.verifier
        )
        assert token["scope"] == ASKS_FOR
        claims = claims_of(token["access_token"])
        assert (claims["client_id"], claims["pid"]) == (program.id, other.id)
        # The page's own sign-in is over; what is new is the application's.
        assert not [device for device in await devices(api) if device and "Chrome" in device]

        assert (await client.get("/v1/contacts")).status_code == 200
        beyond = {"json": {"name": "Rui"}, "headers": {"Idempotency-Key": str(uuid4())}}
        assert (await client.post("/v1/contacts", **beyond)).status_code == 403
        assert (await client.get("/v1/me")).status_code == 403

        following = await client.refresh_token(refresh_token=token["refresh_token"])
        assert following["refresh_token"] != token["refresh_token"]
        assert (await client.get("/v1/contacts")).status_code == 200

        [mine] = await api.every("/v1/me/applications", dict[str, Any])
        assert (mine["id"], mine["scopes"]) == (program.id, ASKS_FOR.split())
        await api.call("DELETE", f"/v1/me/applications/{program.id}")

        async def refused() -> None:
            assert (await client.get("/v1/contacts")).status_code == 401

        await eventually(refused)
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client.refresh_token(refresh_token=following["refresh_token"])
        assert await api.every("/v1/me/applications", dict[str, Any]) == []
    assert visit.errors == [REFUSED]
    assert visit.outside == []


async def test_with_a_second_factor_on_a_phone_by_keys_alone_somebody_says_no(
    stack: OwnStack, person: Login, api: Api, program: Program
) -> None:
    proof = {"password": person.password}
    begun = await api.send("POST", "/v1/me/second-factor", proof, dict[str, str])
    code = {"code": pyotp.TOTP(begun["secret"]).now()}
    confirmed = await api.send("POST", "/v1/me/second-factor/confirm", code, dict[str, list[str]])
    async with visiting(stack.gateway_url, also=[program.home], width=320, height=640) as visit:
        page, keys = visit.page, visit.page.keyboard
        async with program.client() as client:
            address, state = program.asks(client)
        await page.goto(address)
        await expect(page.get_by_label("E-mail address")).to_be_focused()
        await keys.type(person.email)
        await keys.press("Tab")
        await keys.type(person.password)
        await keys.press("Enter")
        await expect(page.get_by_label("Code")).to_be_focused()
        await keys.type("000000-wrong")
        await keys.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("code is wrong")
        await expect(page.get_by_label("Code")).to_be_focused()
        await keys.type(confirmed["recovery_codes"][0])
        await keys.press("Enter")
        await expect(page.get_by_role("button", name="Deny")).to_be_enabled()
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, f"the page is {wide} wide"
        await page.get_by_role("button", name="Deny").focus()
        await keys.press("Enter")
        back = await program.answer()
    assert dict(back.query) == {
        "error": "access_denied",
        "error_description": back.query["error_description"],
        "state": state,
        "iss": program.metadata["issuer"],
    }
    assert await api.every("/v1/me/applications", dict[str, Any]) == []
    assert visit.errors == [REFUSED, REFUSED]
    assert visit.outside == []


async def test_whoever_does_not_want_to_sign_in_goes_back(visit: Visit, program: Program) -> None:
    async with program.client() as client:
        address, state = program.asks(client)
    await visit.page.goto(address)
    await visit.page.get_by_role("link", name="Cancel").click()
    back = await program.answer()
    assert (back.query["error"], back.query["state"]) == ("access_denied", state)
    assert back.query["iss"] == program.metadata["issuer"]


async def test_nobody_is_sent_where_the_application_is_not(visit: Visit, program: Program) -> None:
    async with program.client() as client:
        elsewhere, _ = program.asks(client, redirect_uri=f"{program.home}/elsewhere")
        stranger, _ = program.asks(client, client_id=str(UUID(int=7)))
        careless, state = program.asks(client, code_challenge_method="plain")
    for address in (elsewhere, stranger):
        answer = await visit.page.goto(address)
        assert answer is not None
        assert answer.status in range(400, 500)
        await expect(visit.page.get_by_role("alert")).to_be_visible()
        assert visit.page.url == address
    # Told to the application itself, before anybody is asked anything.
    await visit.page.goto(careless)
    back = await program.answer()
    assert (back.query["error"], back.query["state"]) == ("invalid_request", state)
    assert back.query["iss"] == program.metadata["issuer"]
    assert program.came.empty()


async def test_the_page_lets_nobody_put_it_into_a_frame(visit: Visit, program: Program) -> None:
    async with program.client() as client:
        program.framed, _ = program.asks(client)
    await visit.page.goto(f"{program.home}/frame")

    async def refused() -> None:
        assert any("frame-ancestors" in error for error in visit.errors), visit.errors

    await eventually(refused)
    assert await visit.page.frame_locator("iframe").get_by_label("Password").count() == 0
