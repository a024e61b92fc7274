"""The whole process, killed while messages flow and timers run."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import httpx
import pytest

from platform_auth.testing import InternalTokens
from platform_bus import BusSettings
from platform_bus.outbox import shard_of
from platform_core.ids import new_id
from platform_testkit import ServiceDatabase, eventually
from proto_events import envelope as frame
from proto_events.channels import ChannelUpdated
from proto_events.registry import DOMAIN_EXCHANGE, PIPELINE_EXCHANGE

PEOPLE = 20
ROUNDS = 30


class Program:
    """`python -m ventros_sessions all` as a child."""

    def __init__(self, environ: dict[str, str], port: int) -> None:
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None
        self.address = f"http://127.0.0.1:{port}"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ventros_sessions", "all"),
            env=self._environ,
            stdout=asyncio.subprocess.DEVNULL,
        )

    async def ready(self) -> bool:
        async with httpx.AsyncClient() as client:
            with contextlib.suppress(httpx.TransportError):
                return (await client.get(f"{self.address}/health/ready")).status_code == 200
        return False

    async def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        return await self._process.wait()


@pytest.fixture
async def program(
    service_database: ServiceDatabase,
    bus: BusSettings,
    temporal: str,
    internal_tokens: InternalTokens,
    tmp_path: Path,
) -> AsyncIterator[Program]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    key = tmp_path / "internal.pem"
    key.write_bytes(internal_tokens.public_pem)
    program = Program(
        {
            **os.environ,
            "VENTROS_DATABASE_APP_URL": service_database.app_url,
            "VENTROS_DATABASE_RELAY_URL": service_database.relay_url,
            "VENTROS_DATABASE_SYSTEM_URL": service_database.system_url,
            "VENTROS_AMQP_URL": bus.amqp_url,
            "VENTROS_TEMPORAL_ADDRESS": temporal,
            "VENTROS_TEMPORAL_TASK_QUEUE": f"sessions-{uuid4()}",
            "VENTROS_HTTP_PORT": str(port),
            "VENTROS_INTERNAL_TOKEN_PUBLIC_KEY": str(key),
        },
        port,
    )
    await program.start()
    yield program
    await program.end(signal.SIGKILL)


class Sender:
    """Stands for channels and contacts: publishes what they tell, confirmed."""

    def __init__(self, connection: aio_pika.abc.AbstractConnection) -> None:
        self._connection = connection
        self._channel: aio_pika.abc.AbstractChannel | None = None

    async def send(self, exchange: str, *told: Any) -> None:
        """Each in a batch of its own, until the broker has it."""
        self._channel = self._channel or await self._connection.channel(on_return_raises=True)
        target = await self._channel.get_exchange(exchange)
        for received in told:
            envelope = received.envelope
            key = envelope.type
            if exchange == PIPELINE_EXCHANGE:
                key += f".{shard_of(envelope.partition_key) % 4}"
            await target.publish(
                aio_pika.Message(
                    frame.join([frame.encode(envelope)]),
                    content_type=frame.BATCH_CONTENT_TYPE,
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                ),
                routing_key=key,
            )


@pytest.fixture
async def sender(bus: BusSettings) -> AsyncIterator[Sender]:
    async with await aio_pika.connect(bus.amqp_url) as connection:
        yield Sender(connection)


@pytest.mark.timeout(400)
async def test_killed_ten_times_nothing_is_lost_doubled_or_out_of_order(
    program: Program, sender: Sender, listener: Any, service: Any, facts: Any
) -> None:
    await eventually(program.ready, timeout=60)
    await sender.send(DOMAIN_EXCHANGE, _timeout(facts, 10))
    people = [new_id() for _ in range(PEOPLE)]
    told = [facts.message(node=person) for _ in range(ROUNDS) for person in people]

    async def write() -> None:
        for received in told:
            await sender.send(PIPELINE_EXCHANGE, received)
            await asyncio.sleep(0.02)

    async def kill() -> None:
        for _ in range(10):
            await asyncio.sleep(1)
            await program.end(signal.SIGKILL)
            await program.start()

    await asyncio.gather(write(), kill())

    def all_heard() -> None:
        assert len({m.message.id for m in listener.of("session.message_recorded")}) == len(told)

    await eventually(all_heard, timeout=120, interval=0.2)

    async def all_ended() -> None:
        rows = await service.rows(facts.tenant)
        assert all(row["status"] == "ended" for row in rows)

    await eventually(all_ended, timeout=120, interval=0.5)
    rows = await service.rows(facts.tenant)
    assert sum(row["inbound_messages"] for row in rows) == len(told)

    # a relay that was killed after a publish says it again, under the same id
    firsts = {envelope.id: data for envelope, data in reversed(listener.heard)}
    order = [envelope.id for envelope, _ in listener.heard]
    recorded = sorted(
        (
            (order.index(identifier), data)
            for identifier, data in firsts.items()
            if hasattr(data, "recorded_at")
        ),
        key=lambda pair: pair[0],
    )
    assert len(recorded) == len(told)
    for person in people:
        heard = [data.message.id for _, data in recorded if data.contact_id == person]
        assert heard == [r.data.message.id for r in told if r.data.contact_id == person]

    def all_told() -> None:
        ends = {e.id: d.session_id for e, d in listener.heard if e.type == "session.ended.v1"}
        starts = {
            e.id: d.session_id
            for e, d in listener.heard
            if e.type in ("session.started.v1", "session.reopened.v1")
        }
        assert Counter(ends.values()) == Counter(starts.values())
        assert set(ends.values()) == {row["id"] for row in rows}

    await eventually(all_told, timeout=60)
    async with service.database.system() as tx:
        assert await tx.fetchval("SELECT count(*) FROM deferred") == 0


@pytest.mark.timeout(200)
async def test_a_timer_outlives_the_process_and_sigterm_is_clean(
    program: Program, sender: Sender, listener: Any, service: Any, facts: Any
) -> None:
    await eventually(program.ready, timeout=60)
    await sender.send(DOMAIN_EXCHANGE, _timeout(facts, 3))

    async def known() -> None:
        async with service.database.tenant(facts.tenant.tenant_id) as tx:
            assert await tx.fetchval("SELECT minutes FROM timeout_setting WHERE sequence = 1")

    await eventually(known)
    await sender.send(PIPELINE_EXCHANGE, facts.message())
    await eventually(lambda: listener.of("session.started"), timeout=30)
    assert await program.end(signal.SIGTERM) == 0
    (row,) = await service.rows(facts.tenant)
    await asyncio.sleep(3)  # the deadline passes while nobody is there
    assert (await service.rows(facts.tenant))[0]["status"] == "active"
    await program.start()
    (ended,) = await eventually(lambda: listener.of("session.ended"), timeout=60)
    assert (ended.session_id, ended.ended_at) == (
        row["id"],
        row["last_activity_at"] + timedelta(seconds=3),
    )
    assert await program.end(signal.SIGTERM) == 0


def _timeout(facts: Any, seconds: float) -> Any:
    fact = ChannelUpdated(
        channel_id=facts.channel_id,
        name="Sales",
        type="waha",
        status="active",
        external_id="default",
        default_session_timeout_minutes=seconds / 60,
        updated_at=datetime.now(UTC),
    )
    return facts.received(fact, facts.channel_id)
