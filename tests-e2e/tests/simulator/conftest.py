"""A simulator, and a receiver for its webhooks; new ones for each test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec import Struct

from waha_simulator.app import create_app

API_KEY = "key-of-the-tests"
OWNER = {"phone": "554400000001", "lid": "10000000000002", "name": "Loja Teste"}


class Received(Struct, frozen=True):
    """One POST as it arrived; `at` is the loop's time in seconds."""

    headers: Mapping[str, str]
    body: bytes
    at: float


class Receiver:
    """Answers with `statuses` in turn, and with 200 when they are used up."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self._arrived = asyncio.Condition()
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/hook"))

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        async with self._arrived:
            at = asyncio.get_running_loop().time()
            self.received.append(Received(dict(request.headers), body, at))
            self._arrived.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def until(self, enough: Callable[[list[Received]], bool], timeout: float = 5) -> None:
        async with asyncio.timeout(timeout), self._arrived:
            await self._arrived.wait_for(lambda: enough(self.received))


class Waha:
    """A client of the simulator that knows its key."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    async def call(self, method: str, path: str, body: object = None, status: int = 200) -> object:
        options = {} if body is None else {"json": body}
        async with self.client.request(
            method, path, headers={"X-Api-Key": API_KEY}, **options
        ) as answer:
            text = await answer.text()
            assert answer.status == status, (method, path, answer.status, text)
            return await answer.json() if text and "json" in answer.content_type else text

    async def session(self, name: str, *webhooks: dict, engine: str = "GOWS") -> None:
        config = {"webhooks": list(webhooks)}
        await self.call("POST", "/api/sessions", {"name": name, "config": config}, 201)
        pair = {"owner": OWNER, "engine": engine}
        await self.call("POST", f"/simulator/sessions/{name}/pair", pair, 204)

    async def write(self, name: str, **write: object) -> dict:
        path = f"/simulator/sessions/{name}/messages"
        return await self.call("POST", path, write, 201)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.server.start_server()
    yield one
    await one.server.close()


@pytest.fixture
async def waha() -> AsyncIterator[Waha]:
    app = create_app(api_key=API_KEY, files_url="http://waha.test/api/files", seed=7)
    async with TestClient(TestServer(app)) as client:
        yield Waha(client)
