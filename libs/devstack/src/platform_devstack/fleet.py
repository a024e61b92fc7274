"""The four embedded servers of one state folder, started one by one or together."""

import asyncio
import time
from collections.abc import Mapping

from platform_devstack import installed_rabbitmq, part, ports, process
from platform_devstack.endpoints import Endpoints, Replaced
from platform_devstack.errors import StackError
from platform_devstack.layout import Layout
from platform_devstack.part import Part, Started
from platform_devstack.secret_store import SecretStore
from platform_devstack.servers import postgres, rabbitmq, temporal, valkey
from platform_devstack.state import StateFile

# In the order in which they are started: the slowest first.
SERVERS = (rabbitmq.NAME, postgres.NAME, valkey.NAME, temporal.NAME)

# Name of the port: the usual number, and the part that listens there.
SERVER_PORTS: dict[str, tuple[int, str]] = {
    "postgres": (5432, postgres.NAME),
    "amqp": (5672, rabbitmq.NAME),
    "amqp_management": (15672, rabbitmq.NAME),
    "amqp_metrics": (15692, rabbitmq.NAME),
    "amqp_distribution": (25672, rabbitmq.NAME),
    "epmd": (4369, rabbitmq.EPMD),
    "redis": (6379, valkey.NAME),
    "temporal": (7233, temporal.NAME),
    "temporal_ui": (8233, temporal.NAME),
    "temporal_http": (7243, temporal.NAME),
    "temporal_metrics": (7234, temporal.NAME),
}

# After a kill under load PostgreSQL may find the old one's shared memory still in use for a
# moment and end at once.
_ATTEMPTS = 5


class Fleet:
    """Starts and stops servers, and says where they are.

    Safe for several processes at once: the first one that asks for a server starts it, the
    others wait for that one.
    """

    def __init__(
        self, layout: Layout, *, replaced: Replaced | None = None, throw_away: bool = False
    ) -> None:
        self.layout = layout
        self.state = StateFile(layout.state)
        self._replaced = replaced or Replaced()
        self._throw_away = throw_away
        layout.make()
        with self.state.lock("secrets"):
            self._secrets = SecretStore(layout.state)
            self._passwords = {
                name: self._secrets.get(name) for name in (postgres.NAME, "rabbitmq", "valkey")
            }

    @property
    def secrets(self) -> SecretStore:
        """Passwords of this stack."""
        return self._secrets

    @property
    def ours(self) -> tuple[str, ...]:
        """The servers that we run ourselves."""
        return tuple(name for name in SERVERS if not self._replaced.has(name))

    def endpoints(self) -> Endpoints:
        """Where the servers are, ours and the replaced ones."""
        port, given, passwords = self.state.read().ports, self._replaced, self._passwords
        own_amqp = not given.amqp_url
        own_temporal = not given.temporal_address
        return Endpoints(
            postgres_admin_url=given.postgres_admin_url
            or postgres.admin_url(port["postgres"], passwords["postgres"]),
            amqp_url=given.amqp_url or rabbitmq.url(port["amqp"], passwords["rabbitmq"]),
            amqp_management_url=rabbitmq.management_url(
                port["amqp_management"], passwords["rabbitmq"]
            )
            if own_amqp
            else given.amqp_management_url,
            redis_url=given.redis_url or valkey.url(port["redis"], passwords["valkey"]),
            temporal_address=given.temporal_address or f"127.0.0.1:{port['temporal']}",
            temporal_ui_url=f"http://127.0.0.1:{port['temporal_ui']}"
            if own_temporal
            else given.temporal_ui_url,
        )

    async def ensure(self, name: str) -> bool:
        """Have one server running and ready; returns whether it had to be started.

        Raises:
            StackError: it could not be started.
        """
        if self._replaced.has(name):
            return False
        with await asyncio.to_thread(self._locked, name):
            if name == rabbitmq.NAME:
                return await self._ensure_rabbitmq()
            return await self._ensure(await asyncio.to_thread(self._prepare, name))

    def running(self, name: str) -> bool:
        """Whether a part that we started is alive."""
        started = self.state.read().started.get(name)
        return started is not None and process.alive(started.process)

    def stop(self, name: str) -> bool:
        """Stop one server, and the port mapper with the broker. Whether it stopped when asked."""
        orderly = True
        for each in (name, rabbitmq.EPMD) if name == rabbitmq.NAME else (name,):
            started = self.state.read().started.get(each)
            if started is not None:
                orderly = part.stop(started) and orderly
                self.state.forget(each)
        return orderly

    def stop_all(self) -> list[str]:
        """Stop every server, the last started first. Returns those that had to be killed."""
        return [name for name in reversed(SERVERS) if not self.stop(name)]

    def kill_all(self) -> None:
        """End every server at once, also one whose start was not recorded any more."""
        for started in self.state.read().started.values():
            process.kill(started.process)
            self.state.forget(started.name)
        for left in process.marked(part.MARK, str(self.layout.state)):
            process.kill(left)

    def _locked(self, name: str) -> "_Lock":
        return _Lock(self.state, name)

    def choose_ports(self, more: Mapping[str, tuple[int, str]] | None = None) -> None:
        """Ports for every server, and for `more`, all at once; those of running parts stay.

        A throw-away stack chooses once: another process may be starting a server meanwhile.
        """
        with self.state.change() as state:
            if self._throw_away and state.ports:
                return
            wanted: dict[str, int | None] = {}
            for name, (usual, owner) in {**SERVER_PORTS, **(more or {})}.items():
                started = state.started.get(owner)
                if started is not None and process.alive(started.process):
                    continue
                wanted[name] = state.ports.get(name, None if self._throw_away else usual)
            state.ports.update(ports.choose(wanted))

    async def _ensure_rabbitmq(self) -> bool:
        installation = await asyncio.to_thread(
            installed_rabbitmq.find, self.layout.unpacked_rabbitmq
        )
        if installation is None:
            raise StackError(rabbitmq.NAME, f"it is not installed; {installed_rabbitmq.BY_HAND}")
        port = self.state.read().ports
        await self._ensure(rabbitmq.prepare_epmd(self.layout, installation, port=port["epmd"]))
        return await self._ensure(
            rabbitmq.prepare(
                self.layout,
                installation,
                port=port["amqp"],
                management_port=port["amqp_management"],
                metrics_port=port["amqp_metrics"],
                distribution_port=port["amqp_distribution"],
                epmd_port=port["epmd"],
                node="ventros",
                password=self._passwords["rabbitmq"],
            )
        )

    def _prepare(self, name: str) -> Part:
        port = self.state.read().ports
        if name == postgres.NAME:
            return postgres.prepare(
                self.layout,
                port=port["postgres"],
                password=self._passwords["postgres"],
                throw_away=self._throw_away,
            )
        if name == valkey.NAME:
            return valkey.prepare(
                self.layout, port=port["redis"], password=self._passwords["valkey"]
            )
        return temporal.prepare(
            self.layout,
            port=port["temporal"],
            ui_port=port["temporal_ui"],
            http_port=port["temporal_http"],
            metrics_port=port["temporal_metrics"],
        )

    async def _ensure(self, wanted: Part) -> bool:
        recorded = self.state.read().started.get(wanted.name)
        if recorded is not None and process.alive(recorded.process):
            await part.wait_ready(wanted, recorded, self.layout)
            return False
        attempts = _ATTEMPTS if wanted.name == postgres.NAME else 1
        deadline = time.monotonic() + wanted.ready_within
        while True:
            attempts -= 1
            started = part.start(wanted, self.layout)
            self.state.record(started)
            try:
                await part.wait_ready(wanted, started, self.layout)
            except BaseException as error:
                await asyncio.to_thread(self._give_up, started)
                again = isinstance(error, StackError) and attempts > 0
                if not again or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.5)
            else:
                return True

    def _give_up(self, started: Started) -> None:
        part.stop(started)
        self.state.forget(started.name)


class _Lock:
    """A lock taken in a thread, so that waiting for another process does not stop the loop."""

    def __init__(self, state: StateFile, name: str) -> None:
        self._manager = state.lock(f"server-{name}")
        self._manager.__enter__()

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        self._manager.__exit__(None, None, None)
