"""The whole system on this machine: brought up in an order that wastes no time, and down again."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Protocol

import asyncpg

from platform_devstack import demo_tenant, installed_rabbitmq, keys, migrations, part, process
from platform_devstack.endpoints import replaced
from platform_devstack.errors import StackError
from platform_devstack.fleet import SERVERS, Fleet
from platform_devstack.layout import Layout
from platform_devstack.part import MARK, Part, Started
from platform_devstack.provision import provision_database, provision_roles, service_database
from platform_devstack.servers import postgres, rabbitmq
from platform_devstack.services import (
    CLOUD,
    CLOUD_PORTS,
    DATABASE,
    SERVICE_PORTS,
    SERVICES,
    WITH_DATABASE,
    Surroundings,
    cloud_part,
    service_part,
    waha_part,
)
from platform_postgres import MigrationError, migrate

MIGRATIONS = "migrations"
DEMO = "demo tenant"


class Report(Protocol):
    """Hears what happens."""

    def doing(self, name: str, what: str) -> None:
        """A part is at work."""
        ...

    def done(self, name: str, what: str, seconds: float) -> None:
        """A part is ready, or was stopped."""
        ...


class Stack:
    """One stack of one clone."""

    def __init__(
        self, layout: Layout, environ: Mapping[str, str], *, throw_away: bool = False
    ) -> None:
        self.layout = layout
        self.fleet = Fleet(layout, replaced=replaced(environ), throw_away=throw_away)
        self.state = self.fleet.state
        self._environ = environ

    def surroundings(self) -> Surroundings:
        """What services run in; ports have been chosen by `up`."""
        return Surroundings(
            layout=self.layout,
            ports=self.state.read().ports,
            endpoints=self.fleet.endpoints(),
            secrets=self.fleet.secrets,
            environ=self._environ,
        )

    async def up(self, report: Report) -> None:
        """Start what does not run and wait until all of it is ready.

        Raises:
            StackError: a part cannot be started. What this call had started is stopped again.
        """
        with self._alone():
            before = self._alive()
            try:
                await self._ready_machine(report, SERVICE_PORTS)
                await self._all_up(report)
            except BaseException as error:
                report.doing("stop", "stopping what was started")
                await asyncio.to_thread(self._stop_all_but, before)
                raise _first(error) from None

    def install(self, report: Report) -> None:
        """Have RabbitMQ on this machine, unless another one is used. Raises StackError."""
        if rabbitmq.NAME in self.fleet.ours:
            installed_rabbitmq.find_or_install(
                self.layout.unpacked_rabbitmq, lambda what: report.doing(rabbitmq.NAME, what)
            )

    async def migrate(self, report: Report) -> None:
        """Apply new migrations while the database runs. Raises StackError."""
        with self._alone():
            try:
                await self._migrations_up(report)
            except BaseExceptionGroup as error:
                raise _first(error) from None

    async def servers_up(self, report: Report) -> None:
        """Start the servers alone, with the schemas migrated. Raises like `up`."""
        with self._alone():
            before = self._alive()
            try:
                await self._ready_machine(report, {})
                async with asyncio.TaskGroup() as group:
                    self._servers_without_database(group, report)
                    group.create_task(self._database_up(report))
            except BaseException as error:
                await asyncio.to_thread(self._stop_all_but, before)
                raise _first(error) from None

    async def cloud_up(self, report: Report) -> None:
        """Start the simulated Cloud API beside what runs. Raises like `up`."""
        with self._alone():
            self.fleet.choose_ports(CLOUD_PORTS)
            try:
                await self._part_up(cloud_part(self.surroundings()), report)
            except BaseException:
                await asyncio.to_thread(self._stop_parts, {CLOUD}, _silent)
                raise

    def down(self, report: Report) -> list[str]:
        """Stop everything that was started. Returns the parts that had to be killed."""
        with self._alone():
            killed = self._stop_parts(set(self.state.read().started), report.done)
            for left in process.marked(MARK, str(self.layout.state)):
                process.kill(left)
            return killed

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other commands from changing this stack at the same time."""
        with ExitStack() as held:
            try:
                held.enter_context(self.state.lock("command", wait=False))
            except BlockingIOError as error:
                raise StackError("ventros", "another ventros command is at work here") from error
            yield

    def _alive(self) -> set[str]:
        started = self.state.read().started
        return {name for name, each in started.items() if process.alive(each.process)}

    async def _ready_machine(self, report: Report, more: Mapping[str, tuple[int, str]]) -> None:
        keys.make(self.layout.keys)
        await asyncio.to_thread(self.install, report)
        self.fleet.choose_ports(more)

    async def _all_up(self, report: Report) -> None:
        """Everything at once that does not wait for something else.

        The broker takes longest; the services are started while it does, and are ready soon after
        it is. Only the schemas have to be there before them.
        """
        async with asyncio.TaskGroup() as group:
            self._servers_without_database(group, report)
            await self._database_up(report)
            around = self.surroundings()
            group.create_task(self._seed(around, report))
            for each in (*(service_part(one, around) for one in SERVICES), waha_part(around)):
                group.create_task(self._part_up(each, report))

    def _servers_without_database(self, group: asyncio.TaskGroup, report: Report) -> None:
        for name in self.fleet.ours:
            if name != postgres.NAME:
                group.create_task(self._server_up(name, report))

    async def _server_up(self, name: str, report: Report) -> None:
        began = time.monotonic()
        report.doing(name, "starting")
        fresh = await self.fleet.ensure(name)
        report.done(name, "ready" if fresh else "was running", time.monotonic() - began)

    async def _database_up(self, report: Report) -> None:
        if postgres.NAME in self.fleet.ours:
            await self._server_up(postgres.NAME, report)
        await self._migrations_up(report)

    async def _migrations_up(self, report: Report) -> None:
        began = time.monotonic()
        report.doing(MIGRATIONS, "schemas and roles")
        await self._provision()
        report.doing(MIGRATIONS, "migrating")
        # One after the other: an index that is made CONCURRENTLY waits for every statement that
        # runs, and who waits for the migrations' lock runs one, which ends in a deadlock.
        for service in WITH_DATABASE:
            await self._migrate(service)
        report.done(MIGRATIONS, "applied", time.monotonic() - began)

    async def _provision(self) -> None:
        url = self.fleet.endpoints().postgres_admin_url
        try:
            admin = await asyncpg.connect(url, timeout=10)
            try:
                await provision_roles(admin, WITH_DATABASE, self.fleet.secrets.get)
                await provision_database(admin, url, DATABASE, WITH_DATABASE)
            finally:
                await admin.close()
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            why = f"schemas and roles: {error or type(error).__name__}"
            raise StackError(postgres.NAME, why) from error

    async def _migrate(self, service: str) -> None:
        url = self.fleet.endpoints().postgres_admin_url
        database = service_database(url, DATABASE, service, self.fleet.secrets.get)
        folders = migrations.folders(self.layout.root, service)
        try:
            await asyncio.to_thread(migrate, database.owner_url, service, folders)
        except MigrationError as error:
            raise StackError(MIGRATIONS, str(error)) from error

    async def _seed(self, around: Surroundings, report: Report) -> None:
        began = time.monotonic()
        report.doing(DEMO, "seeding")
        made = await demo_tenant.seed(around)
        report.done(DEMO, "seeded" if made else "was there", time.monotonic() - began)

    async def _part_up(self, wanted: Part, report: Report) -> None:
        began = time.monotonic()
        report.doing(wanted.name, "starting")
        started = self.state.read().started.get(wanted.name)
        running = started is not None and process.alive(started.process)
        if started is None or not running:
            started = part.start(wanted, self.layout)
            self.state.record(started)
        await part.wait_ready(wanted, started, self.layout)
        report.done(wanted.name, "was running" if running else "ready", time.monotonic() - began)

    def _stop_all_but(self, names: set[str]) -> None:
        self._stop_parts(set(self.state.read().started) - names, _silent)

    def _stop_parts(self, names: set[str], say: Callable[[str, str, float], None]) -> list[str]:
        """Stop parts, those that lean on others first. Returns those that had to be killed."""
        started = self.state.read().started
        killed: list[str] = []
        for tier in _tiers(names & set(started)):
            killed += asyncio.run(self._stop_tier([started[name] for name in tier], say))
        return killed

    async def _stop_tier(
        self, tier: list[Started], say: Callable[[str, str, float], None]
    ) -> list[str]:
        async def stop(one: Started) -> bool:
            began = time.monotonic()
            ran = process.alive(one.process)
            orderly = await asyncio.to_thread(part.stop, one)
            self.state.forget(one.name)
            how = ("stopped" if orderly else "killed") if ran else "had ended before"
            say(one.name, how, time.monotonic() - began)
            return orderly

        orderly = await asyncio.gather(*(stop(one) for one in tier))
        return [one.name for one, well in zip(tier, orderly, strict=True) if not well]


def _tiers(names: set[str]) -> list[list[str]]:
    servers = set(SERVERS)
    return [
        sorted(names - servers - {rabbitmq.EPMD}),
        sorted(names & servers),
        sorted(names & {rabbitmq.EPMD}),
    ]


def _first(error: BaseException) -> BaseException:
    """The first cause in a group of errors from parts that were started together."""
    while isinstance(error, BaseExceptionGroup):
        known = [one for one in error.exceptions if isinstance(one, StackError)]
        error = known[0] if known else error.exceptions[0]
    return error


def _silent(name: str, what: str, seconds: float) -> None:
    """Say nothing."""
