"""The commands for newcomers, against the whole system."""

import asyncio
import json
from collections.abc import Callable
from uuid import uuid4

import aiohttp
import pytest
from rich.console import Console

from platform_devstack import api_commands, demo_tenant
from platform_devstack.api import Api
from platform_devstack.login import Account
from platform_testkit.waiting import eventually
from ventros_e2e.own_stack import OwnStack

pytestmark = pytest.mark.e2e

Ran = tuple[int, str, str]
Run = Callable[..., Ran]


@pytest.fixture
def ventros(stack: OwnStack, capfd: pytest.CaptureFixture[str]) -> Run:
    """`ventros("call", "GET", "/v1/me")`: exit code, standard output, standard error."""

    def run(*words: str) -> Ran:
        given = api_commands.parse(words)
        capfd.readouterr()
        code = given.run(stack.stack, Console(), given)
        said = capfd.readouterr()
        return code, said.out, said.err

    return run


def test_a_newcomer_signs_in_and_calls(ventros: Run) -> None:
    code, said, _ = ventros("login")
    assert code == 0
    assert demo_tenant.EMAIL in said
    code, said, _ = ventros("call", "GET", "/v1/me")
    assert code == 0
    assert json.loads(said)["user"]["email"] == demo_tenant.EMAIL
    name = f"Ana {uuid4()}"
    code, said, _ = ventros("call", "POST", "/v1/contacts", "-d", json.dumps({"name": name}))
    assert code == 0, said
    contact_id = json.loads(said)["id"]
    code, said, _ = ventros("call", "get", f"/v1/contacts/{contact_id}", "-i")
    assert said.startswith("200 OK\n")
    assert name in said
    code, said, told = ventros("call", "GET", f"/v1/contacts/{uuid4()}")
    assert code == 1
    assert told.startswith("404 contact_not_found: ")
    assert f"(request {json.loads(said)['request_id']})" in told


def test_a_key_is_made_used_and_revoked(ventros: Run) -> None:
    code, secret, told = ventros(
        "keys", "create", "Shop", "--scope", "contact:list", "--days", "30"
    )
    assert code == 0, told
    assert secret.startswith("vk_live_")
    assert len(secret.split()) == 1
    key_id = told.split()[0]
    secret = secret.strip()
    assert ventros("call", "GET", "/v1/contacts", "--key", secret)[0] == 0
    code, _, told = ventros("call", "GET", "/v1/messages", "--key", secret)
    assert (code, told.split(":")[0]) == (1, "403 forbidden")
    code, said, _ = ventros("keys", "list", "--state", "active")
    row = next(line for line in said.splitlines() if key_id in line)
    assert "contact:list" in row
    assert demo_tenant.EMAIL in row
    assert ventros("keys", "revoke", key_id)[0] == 0

    def refused() -> None:
        code, _, told = ventros("call", "GET", "/v1/contacts", "--key", secret)
        assert (code, told.split(":")[0]) == (1, "401 token_revoked")

    wait(refused)
    code, said, told = ventros("keys", "create", "Shop", "--scope", "user:delete")
    assert (code, said) == (1, "")
    assert "user:delete" in told


def wait(condition: Callable[[], None]) -> None:
    """The commands have an event loop of their own, so this waits without one."""

    async def checked() -> None:
        await asyncio.to_thread(condition)

    asyncio.run(eventually(checked, timeout=5))


async def test_tail_shows_what_happens(stack: OwnStack, capfd: pytest.CaptureFixture[str]) -> None:
    given = api_commands.parse(["tail", "--type", "contact.*"])
    name = f"Rui {uuid4()}"
    said = ""
    async with aiohttp.ClientSession() as session:
        tail = asyncio.create_task(given.act(stack.around, session, Console(), given))

        api = Api(session, stack.gateway_url)
        token = await Account(stack.around, api).token()

        async def seen() -> None:
            nonlocal said
            # The first may come before the stream is open.
            await api.send("POST", "/v1/contacts", {"name": name}, token=token)
            said += capfd.readouterr().out
            line = next((one for one in said.splitlines() if " contact.created.v1 " in one), "")
            assert name in line

        try:
            await eventually(seen, timeout=20)
        finally:
            tail.cancel()
