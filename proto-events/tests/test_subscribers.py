"""The subscribers that other teams are shown, run as they are against a real broker and relay."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiormq
import pytest

from platform_bus import Bell, BusSettings, Outgoing
from platform_bus.event_log import Wanted, replay
from platform_bus.outbox import emit
from platform_bus.publisher import Publisher
from platform_bus.relay import Relay
from platform_bus.topology import backlog
from platform_core.ids import new_id
from platform_postgres import Database, PostgresSettings
from proto_events.examples import example_of

Eventually = Callable[..., Awaitable[Any]]

EXAMPLES = Path(__file__).parents[1] / "examples"
QUEUE = "example-team.contacts"
EVER = Wanted(since=datetime(2026, 1, 1, tzinfo=UTC))


class House:
    """Ventros, as far as a subscriber sees it: it publishes, and tells again when asked."""

    def __init__(self, database: Database, settings: BusSettings) -> None:
        self._database = database
        self.settings = settings
        self._relay = Relay(database, settings, Bell())

    async def publish(self, *types: str) -> list[str]:
        """Examples of these types, through outbox and relay; their ids."""
        tenant = new_id()
        said = [
            Outgoing(
                event=example_of(name),
                tenant_id=tenant,
                project_id=tenant,
                subject=new_id(),
                sequence=1,
                partition_key="k",
                id=new_id(),
            )
            for name in types
        ]
        async with self._database.tenant(tenant) as tx:
            await emit(tx, said)
        assert (await self._relay.run_once()).published == len(types)
        return [str(one.id) for one in said]

    async def open(self) -> None:
        """What stands before any subscriber comes."""
        await self._relay.run_once()

    async def tell_again(self) -> int:
        """Everything once more, to the subscriber's queue alone."""
        return await replay([self._database], self.settings, QUEUE, EVER)

    async def depth(self, queue: str) -> tuple[int, int]:
        """(messages that wait, consumers)."""
        publisher = Publisher(self.settings, in_flight=1)
        try:
            return await backlog(await publisher.channel(), queue)
        finally:
            await publisher.drop()

    async def spoil(self) -> None:
        """Something that is no event, to the subscriber's queue."""
        publisher = Publisher(self.settings, in_flight=1)
        channel = await publisher.channel()
        await channel.basic_publish(b"not json", exchange="", routing_key=QUEUE, mandatory=True)
        await publisher.drop()


@pytest.fixture
async def house(make_database: Callable[[str], Any], amqp_vhost: str) -> AsyncIterator[House]:
    urls = make_database("subscriberprobe")
    database = Database(
        PostgresSettings(
            database_app_url=urls.app_url,
            database_relay_url=urls.relay_url,
            database_system_url=urls.system_url,
        ),
        service="subscriberprobe",
    )
    house = House(database, BusSettings(amqp_url=amqp_vhost))
    await house.open()
    yield house
    await database.close()


class Subscriber:
    """A program of an example, run in a folder of its own, which is its database."""

    def __init__(self, argv: list[str], folder: Path, amqp_url: str) -> None:
        self._argv, self._folder = argv, folder
        self._env = {**os.environ, "AMQP_URL": amqp_url, "QUEUE": QUEUE}
        self._log = folder / "printed"
        self._errors = folder / "errors"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def printed(self) -> list[tuple[str, str]]:
        """(type, id) of each event that any of its runs printed, apart from what libraries log."""
        text = self._log.read_text() if self._log.exists() else ""
        return re.findall(r"^(\S+\.v1) (\S+) ", text, re.MULTILINE)

    @property
    def ids(self) -> list[str]:
        return [event_id for _, event_id in self.printed]

    def noted(self) -> int:
        """How many ids it has noted as handled, which it does after it printed."""
        text = self._folder / "handled.txt"
        if text.exists():
            return len(text.read_text().splitlines())
        with contextlib.closing(sqlite3.connect(self._folder / "subscriber.sqlite")) as database:
            count: int = database.execute("SELECT count(*) FROM handled").fetchone()[0]
        return count

    def errors(self) -> str:
        return self._errors.read_text()[-2000:]

    async def start(self) -> None:
        with self._log.open("a") as out, self._errors.open("a") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv, cwd=self._folder, env=self._env, stdout=out, stderr=errors
            )

    async def kill(self) -> None:
        """As a crash would: no chance to finish."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await asyncio.wait_for(self._process.wait(), 10)
            self._process = None


async def npm_install(folder: Path) -> None:
    """What package-lock.json names, and nothing else."""
    npm = shutil.which("npm")
    assert npm is not None, "npm is missing: `.venv/bin/ventros install` gets it"
    process = await asyncio.create_subprocess_exec(
        npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", cwd=folder
    )
    try:
        assert await asyncio.wait_for(process.wait(), 90) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


@pytest.fixture(params=["faststream", "aio_pika", "node"])
async def subscriber(
    request: pytest.FixtureRequest, tmp_path: Path, amqp_vhost: str
) -> AsyncIterator[Subscriber]:
    folder = tmp_path / request.param
    shutil.copytree(EXAMPLES / request.param, folder, ignore=shutil.ignore_patterns("node_modules"))
    if request.param == "node":
        await npm_install(folder)
        node = shutil.which("node")
        assert node is not None, "node is missing: `.venv/bin/ventros install` gets it"
        argv = [node, "subscriber.mjs"]
    else:
        argv = [sys.executable, "subscriber.py"]
    subscriber = Subscriber(argv, folder, amqp_vhost)
    yield subscriber
    await subscriber.kill()


async def ready(house: House) -> bool:
    try:
        return (await house.depth(QUEUE))[1] == 1
    except aiormq.exceptions.ChannelNotFoundEntity:
        return False


async def test_a_subscriber_does_what_the_readme_promises(
    house: House, subscriber: Subscriber, eventually: Eventually
) -> None:
    await subscriber.start()
    await eventually(lambda: ready(house), timeout=30)

    first = await house.publish("contact.created.v1", "contact.updated.v1", "channel.created.v1")
    wanted = set(first[:2])
    await eventually(lambda: set(subscriber.ids) == wanted, timeout=20)

    # All of it a second time, the channel's event too, which the replay was not kept from.
    assert await house.tell_again() == 3
    wanted.add(first[2])
    await eventually(lambda: set(subscriber.ids) == wanted, timeout=20)

    # What comes while it is away is there when it is back, and what it had does not come again.
    # (Printing is in no transaction: killed between a line and its note, it would print it twice.)
    await eventually(lambda: subscriber.noted() == 3)
    await subscriber.kill()
    missed = await house.publish(*["contact.deleted.v1"] * 20)
    assert await house.tell_again() == 23
    await subscriber.start()
    wanted |= set(missed)
    await eventually(lambda: set(subscriber.ids) == wanted, timeout=30)

    # What nobody can read is kept beside the queue and holds nothing up.
    await house.spoil()
    last = await house.publish("contact.merged.v1")
    wanted |= set(last)
    await eventually(lambda: set(subscriber.ids) == wanted, timeout=20)

    async def drained() -> bool:
        dead, _ = await house.depth(f"{QUEUE}.dlq")
        waiting, _ = await house.depth(QUEUE)
        return (waiting, dead) == (0, 1)

    await eventually(drained, timeout=20)
    assert len(subscriber.printed) == len(wanted) == 24, subscriber.errors()
    assert ("contact.merged.v1", last[0]) in subscriber.printed
