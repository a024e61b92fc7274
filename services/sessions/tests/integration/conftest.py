"""Sessions with a broker and with Temporal: relay, consumers, timers, and who listens."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import msgspec
import pytest

from platform_bus import Bell, BusSettings, Consumer, ConsumersPart, RelayPart
from platform_postgres import Database
from platform_workflows import TemporalConnection, TemporalSettings
from proto_events import envelope as frame
from proto_events.envelope import Envelope
from proto_events.registry import DOMAIN_EXCHANGE, PIPELINE_EXCHANGE, struct_of
from ventros_sessions.app import make_worker
from ventros_sessions.events.subscribe import CONSUMERS
from ventros_sessions.settings import SweepSettings
from ventros_sessions.workflows.subscribe import lifecycle
from ventros_sessions.workflows.sweep import Sweep
from ventros_sessions.workflows.timers import Timers

DURABLE = {"x-queue-type": "quorum"}


class Listener:
    """A subscriber of other teams': everything that sessions says, in the order of arrival."""

    def __init__(self) -> None:
        self.heard: list[tuple[Envelope, Any]] = []

    async def take(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        """Keep what is in a message, single or batch."""
        async with message.process():
            for part in frame.split(message.body):
                envelope = frame.decode(part)
                struct = struct_of(envelope.type)
                assert struct is not None
                self.heard.append((envelope, msgspec.json.decode(envelope.data, type=struct)))

    def of(self, name: str) -> list[Any]:
        """What was heard of one name."""
        return [data for envelope, data in self.heard if envelope.type == f"{name}.v1"]


class Running:
    """A worker process's parts, in this test's loop."""

    def __init__(
        self, database: Database, bus: BusSettings, connection: TemporalConnection, queue: str
    ) -> None:
        self.bell = Bell()
        self.timers = Timers(connection, queue)
        self.relay = RelayPart(database, bus, self.bell)
        self.worker = make_worker(connection, database, self.bell, task_queue=queue)
        consumers: list[Consumer] = [*CONSUMERS, lifecycle(self.timers)]
        self.consumers = ConsumersPart(database, bus, self.bell, consumers)
        self.sweep = Sweep(
            database,
            self.timers,
            SweepSettings(session_sweep_interval=3600, session_sweep_grace=0.5),
        )

    async def start(self) -> None:
        for part in (self.relay, self.worker, self.consumers):
            await part.start()

    async def stop(self) -> None:
        await self.consumers.stop()
        await self.worker.stop()
        await self.relay.stop()


@pytest.fixture
def bus(amqp_vhost: str) -> BusSettings:
    """A broker of this test's own."""
    return BusSettings(amqp_url=amqp_vhost, relay_poll=0.2)


@pytest.fixture
async def listener(bus: BusSettings) -> AsyncIterator[Listener]:
    """Hears the domain events, and stands for messaging on the pipeline."""
    listener = Listener()
    async with await aio_pika.connect(bus.amqp_url) as connection:
        channel = await connection.channel()
        await channel.set_qos(200)
        for exchange, key in (
            (DOMAIN_EXCHANGE, "session.#"),
            (PIPELINE_EXCHANGE, "session.message_recorded.v1.*"),
        ):
            await channel.declare_exchange(exchange, aio_pika.ExchangeType.TOPIC, durable=True)
            queue = await channel.declare_queue(f"test.{exchange}", durable=True, arguments=DURABLE)
            await queue.bind(exchange, key)
            await queue.consume(listener.take)
        yield listener


@pytest.fixture
async def running(
    database: Database, bus: BusSettings, temporal: str, listener: Listener
) -> AsyncIterator[Running]:
    """Relay, consumers and timers at work."""
    connection = TemporalConnection(TemporalSettings(temporal_address=temporal))
    running = Running(database, bus, connection, f"sessions-{uuid4()}")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def make_running(
    database: Database, bus: BusSettings, listener: Listener
) -> Callable[[str], Running]:
    """`make_running(temporal_address)`: the parts, not started."""

    def make(address: str) -> Running:
        settings = TemporalSettings(
            temporal_address=address, temporal_connect_timeout=2, temporal_rpc_timeout=2
        )
        return Running(database, bus, TemporalConnection(settings), f"sessions-{uuid4()}")

    return make


class OwnTemporal:
    """A Temporal of this test's own, to be killed and started again; its state is on disk."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._folder = folder

    @contextlib.asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Leaving kills it."""
        program = Path(sys.executable).with_name("temporal")
        process = await asyncio.create_subprocess_exec(
            *(program, "server", "start-dev", "--headless", "--log-level", "error"),
            *("--ip", "127.0.0.1", "--port", str(self.port)),
            *("--db-filename", str(self._folder / "temporal.db")),
            env={"HOME": str(self._folder)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.kill()
            await process.wait()


@pytest.fixture
def own_temporal(tmp_path: Path) -> OwnTemporal:
    """Not started."""
    return OwnTemporal(tmp_path)
