"""The API's page in a browser, as a newcomer opens it, with no way to the internet."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page, Route, async_playwright

from platform_auth.routes import GATEWAY, ROUTES, WEBSOCKET, shape
from ventros_e2e.own_stack import OwnStack

pytestmark = pytest.mark.e2e

# Debian's own: browsers that a package fetches by itself are not to be had everywhere.
BROWSER = "chromium"
SHOWN_WITHIN = 30_000
"""Milliseconds."""


class Visit:
    """A page of its own, and what went wrong or outside while it was open."""

    def __init__(self, page: Page, home: str) -> None:
        self.page = page
        self.home = home
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    async def stay(self, context: BrowserContext) -> None:
        """Let nothing through that is not the gateway's."""

        async def only_home(route: Route) -> None:
            url = route.request.url
            if url.startswith((f"{self.home}/", "data:")):
                await route.continue_()
            else:
                self.outside.append(url)
                await route.abort()

        await context.route("**/*", only_home)


@pytest.fixture
async def visit(stack: OwnStack) -> AsyncIterator[Visit]:
    program = shutil.which(BROWSER)
    assert program is not None, f"{BROWSER} is missing: `ventros install` gets it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            # Root has no sandbox; names resolve to nothing, so that nobody is asked but the stack.
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        context = await browser.new_context()
        context.set_default_timeout(SHOWN_WITHIN)
        visit = Visit(await context.new_page(), stack.gateway_url)
        await visit.stay(context)
        yield visit
        await browser.close()


async def test_the_page_shows_every_operation_and_calls_one(visit: Visit) -> None:
    await visit.page.goto(f"{visit.home}/docs")
    await visit.page.wait_for_selector(".opblock")
    shown = await visit.page.eval_on_selector_all(
        ".opblock",
        """blocks => blocks.map(block => [
            block.querySelector(".opblock-summary-method").textContent,
            block.querySelector(".opblock-summary-path").getAttribute("data-path"),
        ])""",
    )
    expected = {
        (one.method, shape(one.path))
        for one in ROUTES
        if one.method != WEBSOCKET and (one.service != GATEWAY or one.at_the_edge)
    }
    assert {(method, shape(path)) for method, path in shown} == expected

    block = visit.page.locator(".opblock", has_text="/.well-known/jwks.json")
    await block.locator(".opblock-summary").click()
    await block.get_by_role("button", name="Execute").click()
    answer = block.locator(".live-responses-table .response")
    await answer.wait_for()
    assert (await answer.locator(".response-col_status").inner_text()).startswith("200")
    assert '"keys"' in await answer.inner_text()

    assert visit.errors == []
    assert visit.outside == []


async def test_what_goes_wrong_and_what_goes_outside_is_seen(visit: Visit) -> None:
    """A page that asks somebody else and fails, planted into the same browser."""
    await visit.page.goto("about:blank")
    async with visit.page.expect_console_message(lambda message: message.text == "lost"):
        await visit.page.evaluate(
            "fetch('https://example.com/').catch(() => console.error('lost'))"
        )
    assert visit.outside == ["https://example.com/"]
    assert "lost" in visit.errors
