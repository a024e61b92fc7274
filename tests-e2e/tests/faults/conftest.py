"""A stack for the tests that break it; each test has a tenant of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
import asyncpg
import pytest

from ventros_e2e.api import Api
from ventros_e2e.audit import Auditor, auditing
from ventros_e2e.conversations import Conversations
from ventros_e2e.crowd import somebody
from ventros_e2e.inbox import Inbox
from ventros_e2e.own_stack import OwnStack, kept_folder, own_stack
from ventros_e2e.provider import Provider
from ventros_e2e.tenants import make_tenant, new_line


@pytest.fixture(scope="session")
def stack() -> Iterator[OwnStack]:
    manager = own_stack(kept_folder())
    with asyncio.Runner() as runner:
        yield runner.run(manager.__aenter__())
        runner.run(manager.__aexit__(None, None, None))


class Watched:
    """A tenant whose promises are written down."""

    def __init__(self, stack: OwnStack, inbox: Inbox, provider: Provider, auditor: Auditor) -> None:
        self.stack = stack
        self.inbox = inbox
        self.provider = provider
        self.auditor = auditor

    def conversations(self, people: int) -> Conversations:
        crowd = [somebody(f"Pessoa {number}") for number in range(people)]
        return Conversations(self.provider, crowd)


Watching = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest.fixture
def watch(stack: OwnStack) -> Watching:
    """`async with watch(timeout_minutes=…) as watched`."""

    @asynccontextmanager
    async def one(timeout_minutes: float | None = None) -> AsyncIterator[Watched]:
        login = await make_tenant(stack.around, "faults")
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            api = Api(stack.gateway_url, client)
            await api.sign_in(login.email, login.password)
            line = await new_line(api, 1, timeout_minutes=timeout_minutes)
            inbox = Inbox(api)
            async with auditing(stack, inbox, str(login.tenant_id)) as auditor:
                yield Watched(stack, inbox, Provider(client, line), auditor)

    return one


@pytest.fixture
async def database(stack: OwnStack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.admin_url)
    yield connection
    await connection.close()
