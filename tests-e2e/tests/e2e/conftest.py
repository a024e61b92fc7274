"""One stack for all tests here; each test has a project of its own, some a tenant of their own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import UUID

import aiohttp
import asyncpg
import pytest

from platform_devstack.ports import choose
from platform_testkit.openai_fake import KEY
from ventros_e2e.api import Api, Project
from ventros_e2e.inbox import Inbox
from ventros_e2e.own_stack import OwnStack, kept_folder, own_stack
from ventros_e2e.provider import Provider
from ventros_e2e.tenants import Line, Login, make_tenant, new_line
from waha_simulator.engines import Engine


@pytest.fixture(scope="session")
def ai_port() -> int:
    """Where the provider is expected that puts files into words; a test has it there."""
    return choose({"ai": None})["ai"]


@pytest.fixture(scope="session")
def stack(ai_port: int) -> Iterator[OwnStack]:
    provider = {
        "VENTROS_AI_BASE_URL": f"http://127.0.0.1:{ai_port}/v1",
        "VENTROS_AI_API_KEY": KEY,
        "VENTROS_AI_NETWORKS": "127.0.0.0/8",
    }
    manager = own_stack(kept_folder(), provider)
    with asyncio.Runner() as runner:
        yield runner.run(manager.__aenter__())
        runner.run(manager.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def login(stack: OwnStack) -> Login:
    """The tenant whose projects the tests use."""
    with asyncio.Runner() as runner:
        return runner.run(make_tenant(stack.around, "e2e"))


class Tenant:
    """A project with one connected number, as its tenant's admin sees it."""

    def __init__(
        self, owner: Login, project_id: UUID, api: Api, line: Line, client: aiohttp.ClientSession
    ) -> None:
        self.tenant_id = owner.tenant_id
        self.project_id = project_id
        self.api = api
        self.line = line
        self.inbox = Inbox(api)
        self.client = client
        self.provider = Provider(client, line)

    def on(self, engine: Engine) -> Provider:
        return Provider(self.client, self.line, engine)


Making = Callable[..., Awaitable[Tenant]]


@pytest.fixture
async def make(stack: OwnStack, login: Login) -> AsyncIterator[Making]:
    """`await make(timeout_minutes=…, of_its_own=…)`: another project, or another tenant."""
    numbers = iter(range(1000))
    timeout = aiohttp.ClientTimeout(total=60)
    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as client:

        async def one(*, timeout_minutes: float | None = None, of_its_own: bool = False) -> Tenant:
            owner = await make_tenant(stack.around, "another") if of_its_own else login
            api = Api(stack.gateway_url, client)
            await api.sign_in(owner.email, owner.password)
            project = await api.send("POST", "/v1/projects", {"name": "e2e"}, Project)
            await api.sign_in(owner.email, owner.password, project.id)
            line = await new_line(api, next(numbers), timeout_minutes=timeout_minutes)
            return Tenant(owner, UUID(project.id), api, line, client)

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
