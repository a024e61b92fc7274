"""One stack for all tests here; each test has a tenant of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import aiohttp
import asyncpg
import pytest

from ventros_e2e.api import Api
from ventros_e2e.inbox import Inbox
from ventros_e2e.own_stack import OwnStack, own_stack
from ventros_e2e.provider import Provider
from ventros_e2e.tenants import Line, Login, make_tenant, new_line
from waha_simulator.engines import Engine


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStack]:
    manager = own_stack(tmp_path_factory.mktemp("stack"))
    with asyncio.Runner() as runner:
        yield runner.run(manager.__aenter__())
        runner.run(manager.__aexit__(None, None, None))


class Tenant:
    """A tenant with one connected number."""

    def __init__(self, login: Login, api: Api, line: Line, client: aiohttp.ClientSession) -> None:
        self.login = login
        self.api = api
        self.line = line
        self.inbox = Inbox(api)
        self.client = client
        self.provider = Provider(client, line)

    def on(self, engine: Engine) -> Provider:
        return Provider(self.client, self.line, engine)


Making = Callable[..., Awaitable[Tenant]]


@pytest.fixture
async def make(stack: OwnStack) -> AsyncIterator[Making]:
    numbers = iter(range(1000))
    timeout = aiohttp.ClientTimeout(total=60)
    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as client:

        async def one(
            *, timeout_minutes: float | None = None, project_timeout: float | None = None
        ) -> Tenant:
            login = await make_tenant(stack.around, "e2e", session_timeout_minutes=project_timeout)
            api = Api(stack.gateway_url, client)
            await api.sign_in(login.email, login.password)
            line = await new_line(api, next(numbers), timeout_minutes=timeout_minutes)
            return Tenant(login, api, line, client)

        yield one


@pytest.fixture
async def tenant(make: Making) -> Tenant:
    return await make()


@pytest.fixture
async def database(stack: OwnStack) -> AsyncIterator[asyncpg.Connection]:
    """The services' database as its superuser: to look, never to change."""
    connection = await asyncpg.connect(stack.admin_url)
    yield connection
    await connection.close()
