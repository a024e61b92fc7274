"""The servers are really brought up and down here, and nothing is left of them."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from platform_devstack import installed_rabbitmq, part, ports, process, status
from platform_devstack.errors import StackError
from platform_devstack.layout import Layout, find_root
from platform_devstack.servers import postgres
from platform_devstack.services import SERVICE_PORTS
from platform_devstack.stack import Stack
from platform_testkit import eventually

ROOT = find_root(Path(__file__))

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        installed_rabbitmq.find(ROOT / ".ventros" / "rabbitmq") is None,
        reason="RabbitMQ is not installed; `ventros install` does it",
    ),
]


class Heard:
    """A report that remembers."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}

    def doing(self, name: str, what: str) -> None:
        self.lines[name] = what

    def done(self, name: str, what: str, seconds: float) -> None:
        assert seconds >= 0
        self.lines[name] = what


@pytest.fixture
def layout() -> Iterator[Layout]:
    # Not pytest's own folder: the servers' user must be able to pass through to it.
    folder = Path(tempfile.mkdtemp(prefix="ventros-stack-"))
    made = Layout.throw_away(ROOT, folder)
    yield made
    Stack(made, {}, throw_away=True).fleet.kill_all()
    shutil.rmtree(folder, ignore_errors=True)


def nothing_runs(layout: Layout) -> bool:
    return process.marked(part.MARK, str(layout.state)) == []


def is_running(stack: Stack, name: str) -> bool:
    return stack.fleet.running(name)


async def test_servers_come_up_survive_a_kill_and_leave_nothing(layout: Layout) -> None:
    stack = Stack(layout, {}, throw_away=True)

    await stack.servers_up(Heard())

    servers = ("epmd", "rabbitmq", "postgres", "valkey", "temporal")
    assert all(is_running(stack, name) for name in servers)
    url = stack.fleet.endpoints().postgres_admin_url
    admin = await asyncpg.connect(url)
    await admin.execute("CREATE TABLE kept (id int)")
    await admin.close()
    chosen = stack.state.read().ports.values()
    assert len(set(chosen)) == len(chosen)
    assert all(port < 32768 for port in chosen)

    # Half of it dies.
    for name in ("postgres", "valkey", "epmd"):
        os.kill(stack.state.read().started[name].process.pid, signal.SIGKILL)
    await eventually(lambda: not is_running(stack, "postgres"))
    states = {each.name: each.state for each in await status.of_stack(stack)}
    assert states["postgres"] == "ended"
    assert states["temporal"] == "ready"
    assert states["contacts"] == "not started"

    # A second run starts what is missing, and the data is still there.
    heard = Heard()
    await stack.servers_up(heard)
    assert heard.lines["temporal"] == "was running"
    assert heard.lines["postgres"] == "ready"
    admin = await asyncpg.connect(url)
    await admin.execute("SELECT FROM kept")
    await admin.close()

    os.kill(stack.state.read().started["valkey"].process.pid, signal.SIGKILL)
    pids = [each.process for each in stack.state.read().started.values()]
    heard = Heard()
    killed = await asyncio.to_thread(stack.down, heard)

    assert killed == []
    assert heard.lines["valkey"] in {"had ended before", "stopped"}
    assert not any(process.alive(each) for each in pids)
    assert nothing_runs(layout)
    assert stack.state.read().started == {}
    assert all(ports.is_free(port) for port in stack.state.read().ports.values())


async def test_a_part_that_fails_is_named_and_the_rest_is_stopped(layout: Layout) -> None:
    stack = Stack(layout, {"VENTROS_LOG_LEVEL": "nonsense"}, throw_away=True)

    with pytest.raises(StackError) as caught:
        await stack.up(Heard())

    assert caught.value.part in SERVICE_PORTS
    assert caught.value.why == "it ended while starting"
    assert any("VENTROS_LOG_LEVEL" in line for line in caught.value.tail)
    assert stack.state.read().started == {}
    assert nothing_runs(layout)


async def test_a_broken_server_is_named_with_its_log(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres._SETTINGS, "no_such_setting", "1")
    stack = Stack(layout, {}, throw_away=True)

    with pytest.raises(StackError) as caught:
        await stack.servers_up(Heard())

    assert caught.value.part == "postgres"
    assert any("no_such_setting" in line for line in caught.value.tail)
    assert caught.value.log == layout.log("postgres")
    assert nothing_runs(layout)


async def test_an_interrupted_start_leaves_nothing(layout: Layout) -> None:
    stack = Stack(layout, {}, throw_away=True)
    starting = asyncio.create_task(stack.servers_up(Heard()))
    await eventually(lambda: is_running(stack, "rabbitmq"), timeout=60)

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert nothing_runs(layout)


async def test_two_commands_at_once_are_refused(layout: Layout) -> None:
    stack = Stack(layout, {}, throw_away=True)

    with stack.state.lock("command"), pytest.raises(StackError, match="another ventros command"):
        await stack.servers_up(Heard())


async def test_a_server_named_by_the_environment_is_not_started(layout: Layout) -> None:
    stack = Stack(
        layout,
        {
            "VENTROS_AMQP_URL": "amqp://elsewhere:5672/",
            "VENTROS_TEMPORAL_ADDRESS": "elsewhere:7233",
            "VENTROS_REDIS_URL": "redis://elsewhere/",
        },
        throw_away=True,
    )

    await stack.servers_up(Heard())

    assert list(stack.state.read().started) == ["postgres"]
    assert stack.fleet.endpoints().amqp_url == "amqp://elsewhere:5672/"
    assert stack.fleet.endpoints().amqp_management_url == ""
    await asyncio.to_thread(stack.down, Heard())
    assert nothing_runs(layout)
