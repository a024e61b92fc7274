"""A browser of our own for the tests of pages, and what went wrong in it."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Route, async_playwright

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

    async def stay(self, context: BrowserContext, also: Sequence[str]) -> None:
        """Let nothing through that is not the gateway's, or of one of these addresses."""
        homes = tuple(f"{home}/" for home in (self.home, *also))

        async def only_home(route: Route) -> None:
            url = route.request.url
            if url.startswith((*homes, "data:")):
                await route.continue_()
            else:
                self.outside.append(url)
                await route.abort()

        await context.route("**/*", only_home)


@asynccontextmanager
async def visiting(
    home: str, *, also: Sequence[str] = (), width: int = 1280, height: int = 800
) -> AsyncIterator[Visit]:
    """An empty page in a browser that knows nothing and reaches `home` and `also` alone."""
    program = shutil.which(BROWSER)
    assert program is not None, f"{BROWSER} is missing: `ventros install` gets it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            # Root has no sandbox; names resolve to nothing, so that nobody is asked but the stack.
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        context = await browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(SHOWN_WITHIN)
        visit = Visit(await context.new_page(), home)
        await visit.stay(context, also)
        yield visit
        await browser.close()
