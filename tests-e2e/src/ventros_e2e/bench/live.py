"""Live streams: what a thousand of them cost the gateway, and how soon they hear of an event."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import aiormq
import msgspec
from msgspec import Struct

from proto_events import envelope
from proto_events.envelope import Envelope
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_e2e.bench.keepalive import get_request
from ventros_e2e.bench.latencies import percentile

IDLE = 990
BUSY = 10
EVENTS = 1000
PER_SECOND = 100
SETTLE_SECONDS = 5.0
DEADLINE = 60.0
PATH = "/v1/events/stream"
TYPE = "contact.updated.v1"


class Place(Struct, frozen=True, kw_only=True):
    """A project, and the headers that open its stream."""

    tenant_id: UUID
    project_id: UUID
    headers: Mapping[str, str]


class Measured(Struct, frozen=True, kw_only=True):
    """Memory in MiB for all streams together; delays in seconds, publish to client."""

    mib: float
    p50: float
    p99: float


class NotOpenedError(Exception):
    """The gateway did not open a stream."""


class Client:
    """One open stream, as raw bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str, headers: Mapping[str, str]) -> "Client":
        """Raises NotOpenedError."""
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(get_request(url, PATH, dict(headers)))
        status = await reader.readline()
        if status.split()[1] != b"200":
            raise NotOpenedError(status.decode())
        await reader.readuntil(b": open\n\n")
        return cls(reader, writer)

    async def delays(self, told: Mapping[bytes, float]) -> list[float]:
        """How long after it was told each event came, until all have."""
        found: list[float] = []
        while len(found) < EVENTS:
            line = await self._reader.readline()
            if line.startswith(b"id: "):
                found.append(time.perf_counter() - told[line[4:40]])
        return found

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@asynccontextmanager
async def _streams(url: str, place: Place, count: int) -> AsyncIterator[list[Client]]:
    clients: list[Client] = []
    try:
        while len(clients) < count:
            clients.append(await Client.open(url, place.headers))
        yield clients
    finally:
        for client in clients:
            client.close()


async def measure(
    url: str, amqp_url: str, idle: Place, busy: Place, memory: Callable[[], float]
) -> Measured:
    """A thousand streams, of which a few hear events at a steady rate. `memory` is in MiB."""
    before = memory()
    async with (
        asyncio.timeout(DEADLINE + SETTLE_SECONDS),
        _streams(url, idle, IDLE),
        _streams(url, busy, BUSY) as listeners,
    ):
        await asyncio.sleep(SETTLE_SECONDS)
        after = memory()
        told: dict[bytes, float] = {}
        hearing = [asyncio.ensure_future(one.delays(told)) for one in listeners]
        await _tell(amqp_url, busy, told)
        delays = [each for found in await asyncio.gather(*hearing) for each in found]
    return Measured(mib=after - before, p50=percentile(delays, 0.5), p99=percentile(delays, 0.99))


async def _tell(amqp_url: str, place: Place, told: dict[bytes, float]) -> None:
    connection = await aiormq.connect(amqp_url)
    try:
        channel = await connection.channel(publisher_confirms=False)
        began = time.perf_counter()
        for number in range(EVENTS):
            await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            event = _event(place)
            body = envelope.encode(event)
            told[str(event.id).encode()] = time.perf_counter()
            await channel.basic_publish(body, exchange=DOMAIN_EXCHANGE, routing_key=TYPE)
    finally:
        await connection.close()


def _event(place: Place) -> Envelope:
    """Of a subject that no service knows: what hears it leaves it."""
    return Envelope(
        id=uuid4(),
        source="ventros/bench",
        type=TYPE,
        subject=str(uuid4()),
        time=datetime.now(UTC),
        data_schema=envelope.schema_address(TYPE),
        tenant_id=place.tenant_id,
        project_id=place.project_id,
        partition_key="bench",
        sequence=1,
        correlation_id=uuid4(),
        data=msgspec.Raw(b'{"padding":"' + b"x" * 500 + b'"}'),
    )
