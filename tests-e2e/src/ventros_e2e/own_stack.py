"""A whole system of our own: real servers and services in a folder, parts that can be killed.

It runs beside the one of `make up`: own state, own data, free ports.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from platform_devstack import part, process
from platform_devstack.fleet import SERVER_PORTS
from platform_devstack.layout import Layout, find_root
from platform_devstack.part import Part, Started
from platform_devstack.ports import choose
from platform_devstack.probes import http_ok
from platform_devstack.services import (
    GATEWAY,
    SERVICE_PORTS,
    SERVICES,
    WAHA,
    Surroundings,
    by_name,
    service_part,
)
from platform_devstack.stack import Stack
from platform_devstack.state import StateFile

SERVICE_NAMES = tuple(service.name for service in SERVICES)


def kept_folder() -> Path | None:
    """Where VENTROS_E2E_FOLDER says that state and logs are kept, to look at after a failure."""
    given = os.environ.get("VENTROS_E2E_FOLDER")
    return None if given is None else Path(given)


class Silent:
    """A report that nobody reads."""

    def doing(self, name: str, what: str) -> None:
        """Say nothing."""

    def done(self, name: str, what: str, seconds: float) -> None:
        """Say nothing."""


class OwnStack:
    """The stack of one folder; made by `own_stack`."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._replicas: dict[str, Started] = {}

    @property
    def around(self) -> Surroundings:
        """Addresses, ports, secrets."""
        return self.stack.surroundings()

    @property
    def gateway_url(self) -> str:
        """Where the public API is."""
        return self.around.url(GATEWAY)

    @property
    def waha_url(self) -> str:
        """Where the simulated WAHA is."""
        return self.around.url(WAHA)

    @property
    def waha_key(self) -> str:
        """Its API key."""
        return self.around.secrets.get(WAHA)

    @property
    def amqp_url(self) -> str:
        """Where events are."""
        return self.around.endpoints.amqp_url

    @property
    def admin_url(self) -> str:
        """PostgreSQL as its superuser, the database of the services."""
        url = self.around.endpoints.postgres_admin_url
        return url.rpartition("/")[0] + "/ventros"

    @property
    def pids(self) -> dict[str, int]:
        """Of every part that runs."""
        started = self.stack.state.read().started
        return {
            name: one.process.pid for name, one in started.items() if process.alive(one.process)
        }

    async def up(self) -> None:
        """Start what does not run. Raises StackError."""
        await self.stack.up(Silent())

    async def down(self) -> None:
        """Stop everything; the data stay."""
        for replica in self._replicas.values():
            await asyncio.to_thread(part.stop, replica)
        self._replicas.clear()
        await asyncio.to_thread(self.stack.down, Silent())

    async def kill(self, name: str) -> None:
        """kill -9 of one part with everything that it started."""
        started = self._replicas.pop(name, None) or self.stack.state.read().started[name]
        await asyncio.to_thread(process.kill, started.process)

    async def start_service(self, name: str) -> None:
        """Start a service again and wait until it is ready. Raises StackError."""
        service = by_name(name)
        assert service is not None, name
        wanted = service_part(service, self.around)
        started = part.start(wanted, self.stack.layout)
        self.stack.state.record(started)
        await part.wait_ready(wanted, started, self.stack.layout)

    async def restart_server(self, name: str) -> None:
        """Have a server running again after it was killed. Raises StackError."""
        await self.stack.fleet.ensure(name)

    async def start_replica(
        self, service_name: str, port: int, environ: Mapping[str, str] | None = None
    ) -> str:
        """A second process of a service on another port, with settings of its own; returns the
        name to kill it by."""
        service = by_name(service_name)
        assert service is not None, service_name
        one = service_part(service, self.around)
        ready = f"http://127.0.0.1:{port}/health/ready"

        async def probe() -> None:
            await http_ok(ready)

        wanted: Part = msgspec.structs.replace(
            one,
            name=f"{service_name}-2",
            env={**one.env, **(environ or {}), "VENTROS_HTTP_PORT": str(port)},
            probe=probe,
        )
        started = part.start(wanted, self.stack.layout)
        self._replicas[wanted.name] = started
        await part.wait_ready(wanted, started, self.stack.layout)
        return wanted.name


def _stack(folder: Path | None, environ: Mapping[str, str]) -> Stack:
    # Directly under the folder for temporary files: as root, the servers' user has to get there.
    folder = folder or Path(tempfile.mkdtemp(prefix="ventros-e2e-"))
    folder.mkdir(parents=True, exist_ok=True)
    root = find_root(Path(__file__).resolve())
    given = {"VENTROS_LOG_LEVEL": "warning", **os.environ, **environ}
    layout = Layout.throw_away(root, folder)
    layout.make()
    with StateFile(folder).change() as state:
        # Not the usual ports: they belong to the stack of `make up`.
        if not state.ports:
            state.ports.update(choose(dict.fromkeys([*SERVER_PORTS, *SERVICE_PORTS])))
    return Stack(layout, given)


@asynccontextmanager
async def own_stack(
    folder: Path | None = None, environ: Mapping[str, str] | None = None
) -> AsyncIterator[OwnStack]:
    """Everything up and ready; stopped at the end.

    The state is kept in `folder`; without one it is in a new folder that is removed at the end.

    Raises:
        StackError: a part could not be started.
    """
    own = OwnStack(await asyncio.to_thread(_stack, folder, environ or {}))
    try:
        await own.up()
        yield own
    finally:
        await own.down()
        if folder is None:
            shutil.rmtree(own.stack.layout.state, ignore_errors=True)
