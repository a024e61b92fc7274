"""The `ventros` command: the whole system on one machine."""

import argparse
import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from platform_devstack import demo_tenant, status, tools_of_tests
from platform_devstack.errors import StackError
from platform_devstack.fleet import SERVERS
from platform_devstack.layout import Layout, find_root
from platform_devstack.screen import Progress, show_addresses, show_error, show_status
from platform_devstack.servers import postgres, rabbitmq
from platform_devstack.services import (
    CLOUD,
    GATEWAY,
    SERVICES,
    WAHA,
    Surroundings,
    by_name,
    settings_of,
)
from platform_devstack.stack import Stack

EXIT_FAILED = 1
EXIT_NOT_RUNNING = 3

# Told apart by their name: they need the bus's code, which takes a second to import.
_OPERATOR = {
    "parked": "events that a consumer gave up on: list, replay, drop",
    "dead-letters": "messages that nobody could read: list, replay",
    "raw": "raw provider events: tell them again",
    "events": "history or a snapshot, sent to one queue alone",
    "lanes": "how many lanes the pipeline has; change it while messages flow",
    "signing-keys": "keys that tokens are signed with: list, rotate, retire",
}

# The API as somebody; likewise told apart by their name.
_API = {
    "login": "sign in; without more, as the demo's user of the running stack",
    "call": "send one request to the API",
    "keys": "API keys: list, create, revoke",
    "tail": "watch what happens, a line an event",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _arguments(words)
    console = Console()
    try:
        root = find_root(Path.cwd())
        code: int = arguments.run(Stack(Layout.of_project(root), os.environ), console, arguments)
    except FileNotFoundError as error:
        console.print(f"ventros: {error}", style="bold red", markup=False)
        return EXIT_FAILED
    except StackError as error:
        show_error(console, error)
        return EXIT_FAILED
    except PermissionError as error:
        # Typically a state folder that somebody else's `make up`, with sudo, has left here.
        console.print(f"ventros: {error}", style="bold red", markup=False)
        return EXIT_FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("interrupted", style="bold red")
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ventros", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: object, says: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=says, description=says)
        made.set_defaults(run=run)
        return made

    command("up", _up, "start everything and wait until it is ready")
    command("down", _down, "stop everything that was started")
    command("status", _status, "show what runs; fails when something does not")
    logs = command("logs", _logs, "show the last lines of one part's log, or of all")
    logs.add_argument("name", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    logs.add_argument("-n", "--lines", type=int, default=40)
    command("clean", _clean, "stop everything and remove its data, logs and keys")
    servers = command("servers", _servers, "start or stop the servers alone, schemas migrated")
    servers.add_argument("what", choices=["up", "down"])
    command("install", _install, "install RabbitMQ, and what the tests need, when missing")
    command("migrate", _migrate, "apply new migrations to the running database")
    env = command("env", _env, "print the settings of one service, to run it by hand")
    env.add_argument("service", choices=[service.name for service in SERVICES])
    demo = command("demo", _demo, "play conversations and watch what becomes of them")
    demo.add_argument("--cloud", action="store_true", help="at a simulated Cloud API")
    for name, says in {**_API, **_OPERATOR}.items():
        commands.add_parser(name, help=says, description=says)
    return parser


def _up(stack: Stack, console: Console, _: argparse.Namespace) -> int:
    with Progress(console) as progress:
        _run(stack.up(progress))
    show_addresses(console, stack.surroundings(), progress.seconds)
    return 0


def _down(stack: Stack, console: Console, _: argparse.Namespace) -> int:
    with Progress(console) as progress:
        killed = stack.down(progress)
    if killed:
        console.print(f"had to be killed: {', '.join(killed)}", style="yellow")
    return 0


def _status(stack: Stack, console: Console, _: argparse.Namespace) -> int:
    parts = asyncio.run(status.of_stack(stack))
    show_status(console, parts)
    return 0 if all(part.well for part in parts) else EXIT_NOT_RUNNING


def _logs(stack: Stack, _: Console, arguments: argparse.Namespace) -> int:
    logs = sorted(stack.layout.logs.glob("*.log"))
    if arguments.name is not None:
        logs = [log for log in logs if log.stem == arguments.name]
    if not logs:
        known = ", ".join(log.stem for log in sorted(stack.layout.logs.glob("*.log")))
        raise StackError(arguments.name or "logs", f"no such log; there are: {known or 'none'}")
    argv = ["tail", "-n", str(arguments.lines), *(["-F"] if arguments.follow else [])]
    return subprocess.run([*argv, *map(str, logs)], check=False).returncode


def _clean(stack: Stack, console: Console, arguments: argparse.Namespace) -> int:
    _down(stack, console, arguments)
    stack.layout.remove()
    console.print("removed: data, logs, keys and passwords of this clone's stack")
    return 0


def _servers(stack: Stack, console: Console, arguments: argparse.Namespace) -> int:
    if arguments.what == "down":
        return _down(stack, console, arguments)
    with Progress(console) as progress:
        _run(stack.servers_up(progress))
    at = stack.fleet.endpoints()
    for name in at.__struct_fields__:
        _print(f"VENTROS_{name.upper()}={shlex.quote(getattr(at, name))}")
    return 0


def _install(stack: Stack, console: Console, _: argparse.Namespace) -> int:
    with Progress(console) as progress:
        stack.install(progress)
        left = tools_of_tests.install_missing(
            lambda what: progress.doing(tools_of_tests.PART, what)
        )
    if left:
        console.print(
            f"for tests that need them, as root: apt-get install {' '.join(left)}", style="yellow"
        )
    return 0


def _migrate(stack: Stack, console: Console, _: argparse.Namespace) -> int:
    _need(stack, (postgres.NAME,))
    with Progress(console) as progress:
        _run(stack.migrate(progress))
    return 0


def _env(stack: Stack, _: Console, arguments: argparse.Namespace) -> int:
    _need(stack, SERVERS)
    around = stack.surroundings()
    for name, value in settings_of(by_name(arguments.service), around).items():
        _print(f"export {name}={shlex.quote(value)}")
    return 0


def _demo(stack: Stack, console: Console, arguments: argparse.Namespace) -> int:
    if arguments.cloud:
        return _demo_cloud(stack, console)
    _need(stack, (GATEWAY, WAHA))
    around = stack.surroundings()
    told = {
        **_demo_login(around),
        "VENTROS_WAHA_URL": around.url(WAHA),
        "VENTROS_WAHA_API_KEY": around.secrets.get("waha"),
        "VENTROS_AMQP_URL": around.endpoints.amqp_url,
    }
    argv = [sys.executable, "-m", "ventros_e2e.demo"]
    return subprocess.run(argv, env={**os.environ, **told}, check=False).returncode


def _demo_cloud(stack: Stack, console: Console) -> int:
    _need(stack, (GATEWAY,))
    with Progress(console) as progress:
        _run(stack.cloud_up(progress))
    around = stack.surroundings()
    told = {**_demo_login(around), "VENTROS_CLOUD_URL": around.url(CLOUD)}
    argv = [sys.executable, "-m", "ventros_e2e.demo.cloud"]
    return subprocess.run(argv, env={**os.environ, **told}, check=False).returncode


def _demo_login(around: Surroundings) -> dict[str, str]:
    return {
        "VENTROS_API_URL": around.url(GATEWAY),
        "VENTROS_DEMO_EMAIL": demo_tenant.EMAIL,
        "VENTROS_DEMO_PASSWORD": demo_tenant.password(around),
    }


def _arguments(words: list[str]) -> argparse.Namespace:
    if words and words[0] in _OPERATOR:
        return _operator(words)
    if words and words[0] in _API:
        from platform_devstack import api_commands  # noqa: PLC0415 - see _OPERATOR

        return api_commands.parse(words)
    return _parser().parse_args(words)


def _operator(words: list[str]) -> argparse.Namespace:
    from platform_devstack import operator_commands  # noqa: PLC0415 - see _OPERATOR

    arguments = operator_commands.parse(words)
    arguments.run = _operate
    return arguments


def _operate(stack: Stack, console: Console, arguments: argparse.Namespace) -> int:
    _need(stack, (postgres.NAME, rabbitmq.NAME))
    code: int = arguments.operate(stack.surroundings(), console, arguments)
    return code


def _need(stack: Stack, names: Sequence[str]) -> None:
    ours = [name for name in names if name not in SERVERS or name in stack.fleet.ours]
    missing = [name for name in ours if not stack.fleet.running(name)]
    if missing:
        raise StackError("ventros", f"not running: {', '.join(missing)}; start with `make up`")


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end; SIGTERM interrupts like Ctrl-C, so that what was started is stopped."""

    async def interruptible() -> None:
        task = asyncio.current_task()
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await work

    asyncio.run(interruptible())


def _print(line: str) -> None:
    print(line)
