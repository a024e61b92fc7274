"""The API's page in a browser, as a newcomer opens it, with no way to the internet."""

from collections.abc import AsyncIterator

import pytest

from platform_auth.routes import GATEWAY, ROUTES, WEBSOCKET, shape
from ventros_e2e.own_stack import OwnStack
from ventros_e2e.waiting import eventually

from .browser import Visit, visiting

pytestmark = pytest.mark.e2e


@pytest.fixture
async def visit(stack: OwnStack) -> AsyncIterator[Visit]:
    async with visiting(stack.gateway_url) as one:
        yield one


async def test_the_page_shows_every_operation_and_calls_one(visit: Visit) -> None:
    expected = {
        (one.method, shape(one.path))
        for one in ROUTES
        if one.method != WEBSOCKET and (one.service != GATEWAY or one.at_the_edge)
    }

    async def told() -> bool:
        """A service that makes its document for the first time may need longer than it has."""
        answer = await visit.page.request.get(f"{visit.home}/openapi.json")
        paths = (await answer.json())["paths"]
        return {shape(path) for path in paths} >= {path for _, path in expected}

    await eventually(told, "every service has told what it serves", within=60)
    await visit.page.goto(f"{visit.home}/docs")

    seen: set[tuple[str, str]] = set()

    async def shown() -> bool:
        """The page draws what is in sight: read it, and go on by half a screen."""
        blocks = await visit.page.eval_on_selector_all(
            ".opblock",
            """blocks => blocks.map(block => [
                block.querySelector(".opblock-summary-method").textContent,
                block.querySelector(".opblock-summary-path").getAttribute("data-path"),
            ])""",
        )
        seen.update((method, shape(path)) for method, path in blocks)
        await visit.page.evaluate("scrollBy(0, innerHeight / 2)")
        return seen >= expected

    await eventually(shown, "the page shows every operation", within=60)
    assert seen == expected

    block = visit.page.locator(".opblock", has_text="/.well-known/jwks.json")

    async def in_sight() -> bool:
        await visit.page.evaluate("scrollBy(0, -innerHeight / 2)")
        return await block.count() > 0

    await eventually(in_sight, "the operation is in sight", within=60)
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
