"""The entry point of every service: `python -m ventros_x [all|api|worker|workflows|migrate]`.

Exit codes: 0 clean, 1 failed at start (one line on stderr says what and why), 2 wrong usage,
70 the watchdog gave up.
"""

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
import uvloop

from platform_core import settings as core_settings
from platform_core.settings import SettingsError
from platform_http.process import (
    EXIT_CLEAN,
    EXIT_FAILED_AT_START,
    EXIT_USAGE,
    Process,
    supervise,
)
from platform_http.server import HttpServer
from platform_http.settings import HttpSettings, ListenSettings
from platform_postgres import MigrationError, OwnerSettings, migrate
from platform_telemetry import TelemetrySettings, configure, flush_traces
from platform_telemetry.redaction import redact_text


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """Which work this process does. Every process that writes runs the relay as well."""

    api: bool
    worker: bool
    workflows: bool


ROLES: Mapping[str, Roles] = {
    "all": Roles(api=True, worker=True, workflows=True),
    "api": Roles(api=True, worker=False, workflows=False),
    "worker": Roles(api=False, worker=True, workflows=False),
    "workflows": Roles(api=False, worker=False, workflows=True),
}

Command = Callable[[Sequence[str], Mapping[str, str]], int]
"""A command of a service's own: arguments and environment to an exit code."""


class ServiceSettings(Protocol):
    """What every service's settings have in common."""

    @property
    def http(self) -> HttpSettings | ListenSettings:
        """Where to listen."""
        ...

    @property
    def telemetry(self) -> TelemetrySettings:
        """Logs and traces."""
        ...


S = TypeVar("S", bound=msgspec.Struct)


def main(
    service: str,
    settings: type[S],
    build: Callable[[S, Roles], Awaitable[Process]],
    *,
    migrations: Sequence[Path] = (),
    commands: Mapping[str, Command] | None = None,
    argv: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Run one role or command of a service and return the exit code.

    `build` makes the process inside the running loop; `migrations` are the folders of the
    `migrate` command, in order; `commands` adds commands or replaces `migrate`.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments.pop(0) if arguments else "all"
    known: dict[str, Command] = {
        "migrate": lambda _, env: _migrate(service, migrations, env),
        **(commands or {}),
    }
    if name not in ROLES and name not in known:
        names = "|".join([*ROLES, *known])
        print(f"usage: python -m ventros_{service} [{names}]", file=sys.stderr)  # noqa: T201
        return EXIT_USAGE
    try:
        if name in known:
            return known[name](arguments, environ)
        return run(_serve(service, core_settings.load(settings, environ), build, ROLES[name]))
    except SettingsError as error:
        return _fail(service, "; ".join(error.problems))
    except KeyboardInterrupt:
        return EXIT_CLEAN
    except Exception as error:
        return _fail(service, f"{type(error).__name__}: {error}")
    finally:
        flush_traces()


def run(coroutine: Coroutine[Any, Any, int]) -> int:
    """Run on uvloop, for services and for their commands."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(coroutine)


async def _serve(
    service: str,
    settings: Any,
    build: Callable[[Any, Roles], Awaitable[Process]],
    roles: Roles,
) -> int:
    known: ServiceSettings = settings
    configure(service, known.telemetry)
    process = await build(settings, roles)
    http = HttpServer(
        process.app,
        host=known.http.http_host,
        port=known.http.http_port,
        drain_timeout=known.http.http_drain_timeout,
        web_sockets=process.web_sockets,
    )
    # What is there now stays for the life of the process; the collector need not walk it again.
    gc.collect()
    gc.freeze()
    return await supervise(
        process,
        http,
        watchdog_seconds=known.http.watchdog_timeout,
        drain_delay=(
            known.http.http_drain_delay if isinstance(known.http, ListenSettings) else 0.0
        ),
    )


def _migrate(service: str, directories: Sequence[Path], environ: Mapping[str, str]) -> int:
    if not directories:
        return EXIT_CLEAN
    owner = core_settings.load(OwnerSettings, environ)
    try:
        sys.stdout.write(migrate(owner.database_owner_url, service, directories))
    except MigrationError as error:
        return _fail(service, str(error))
    return EXIT_CLEAN


def _fail(service: str, reason: str) -> int:
    line = " ".join(redact_text(reason).split())
    print(f"ventros-{service}: {line}", file=sys.stderr)  # noqa: T201
    return EXIT_FAILED_AT_START
