"""The inbound path: signed webhooks through the gateway to `message.created` at a subscriber.

The load is a closed loop: a bounded number of messages is anywhere between customer and
subscriber, so a backlog cannot grow, and what is completed per second is what is sustained.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from ventros_e2e.bench.arrivals import Arrivals, LostError
from ventros_e2e.bench.keepalive import Connection
from ventros_e2e.bench.latencies import percentile
from ventros_e2e.bench.traffic import Customer

CONNECTIONS = 48
SETTLE_SECONDS = 30.0


class Sustained(Struct, frozen=True, kw_only=True):
    """What a closed loop completed."""

    rate: float
    completed: int
    seconds: float
    refused: int
    waiting_at_start: int
    waiting_at_end: int


class Latency(Struct, frozen=True, kw_only=True):
    """From the first byte of the webhook to the event at the subscriber, in seconds."""

    p50: float
    p99: float
    count: int


class _Content(Struct, frozen=True):
    text: str | None = None


class _Data(Struct, frozen=True):
    content: _Content


class _Event(Struct, frozen=True):
    data: _Data


_decode = msgspec.json.Decoder(_Event).decode


class Load:
    """Sends what customers write and notes when it arrives. Used with `async with`."""

    def __init__(self, amqp_url: str, gateway_url: str, customers: Sequence[Customer]) -> None:
        self._gateway_url = gateway_url
        self._customers = itertools.cycle(customers)
        self._count = len(customers)
        self._arrivals = Arrivals(amqp_url, "message.created.v1", self._arrived)
        self._free: asyncio.Queue[Connection] = asyncio.Queue()
        self._room = asyncio.Semaphore(0)
        self._sent: dict[str, float] = {}
        self._nothing_waits = asyncio.Event()
        self.completed = 0
        self.refused = 0
        self.latencies: list[float] = []

    async def __aenter__(self) -> "Load":
        await self._arrivals.__aenter__()
        for _ in range(CONNECTIONS):
            connection = Connection(self._gateway_url)
            await connection.open()
            self._free.put_nowait(connection)
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self._free.empty():
            self._free.get_nowait().close()
        await self._arrivals.__aexit__(None, None, None)

    def _arrived(self, body: bytes) -> None:
        text = _decode(body).data.content.text
        started = None if text is None else self._sent.pop(text, None)
        if started is None:
            return
        self.completed += 1
        self.latencies.append(time.perf_counter() - started)
        self._room.release()
        if not self._sent:
            self._nothing_waits.set()

    @property
    def waiting(self) -> int:
        """Messages that were sent and have not arrived."""
        return len(self._sent)

    async def _write(self, connection: Connection) -> None:
        webhook = next(self._customers).write()
        self._sent[webhook.text] = time.perf_counter()
        self._nothing_waits.clear()
        answer = await connection.request(webhook.request)
        if answer.status != 200:
            self.refused += 1
            self._sent.pop(webhook.text, None)
            self._room.release()

    async def _keep_writing(self, connection: Connection, until: float) -> None:
        while True:
            await self._room.acquire()
            if time.perf_counter() >= until:
                self._room.release()
                return
            await self._write(connection)

    async def everyone_once(self) -> None:
        """Every customer writes one message: contacts and sessions are there afterwards."""
        left = iter(range(self._count))

        async def some(connection: Connection) -> None:
            for _ in left:
                await self._write(connection)

        connections = [self._free.get_nowait() for _ in range(self._free.qsize())]
        try:
            async with asyncio.TaskGroup() as group:
                for connection in connections:
                    group.create_task(some(connection))
        finally:
            for connection in connections:
                self._free.put_nowait(connection)
        await self.settle()

    async def settle(self, within: float = SETTLE_SECONDS) -> None:
        """Wait until everything that was sent has arrived. Raises LostError."""
        if not self._sent:
            return
        try:
            async with asyncio.timeout(within):
                await self._nothing_waits.wait()
        except TimeoutError:
            example = next(iter(self._sent))
            raise LostError(
                f"{len(self._sent)} of the messages had not arrived after {within:.0f} s,"
                f" among them {example!r}"
            ) from None

    async def sustain(self, seconds: float, *, in_flight: int, warm_up: float = 5.0) -> Sustained:
        """Write as fast as `in_flight` unfinished messages allow; measured after the warm-up."""
        self._room = asyncio.Semaphore(in_flight)
        begin = time.perf_counter() + warm_up
        until = begin + seconds
        connections = [self._free.get_nowait() for _ in range(self._free.qsize())]
        try:
            async with asyncio.TaskGroup() as group:
                for connection in connections:
                    group.create_task(self._keep_writing(connection, until))
                await asyncio.sleep(max(0.0, begin - time.perf_counter()))
                started, done, refused = time.perf_counter(), self.completed, self.refused
                waiting_at_start = self.waiting
                await asyncio.sleep(max(0.0, until - time.perf_counter()))
                ended, done_at_end = time.perf_counter(), self.completed
                waiting_at_end = self.waiting
        finally:
            for connection in connections:
                self._free.put_nowait(connection)
        await self.settle()
        return Sustained(
            rate=(done_at_end - done) / (ended - started),
            completed=done_at_end - done,
            seconds=ended - started,
            refused=self.refused - refused,
            waiting_at_start=waiting_at_start,
            waiting_at_end=waiting_at_end,
        )

    async def latency(self, seconds: float, *, rate: float) -> Latency:
        """Write at a fixed rate, whatever becomes of the answers, and measure each message."""
        self._room = asyncio.Semaphore(0)
        self.latencies.clear()
        begin = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(int(seconds * rate)):
                await asyncio.sleep(max(0.0, begin + number / rate - time.perf_counter()))
                connection = await self._free.get()
                group.create_task(self._write_and_return(connection))
        await self.settle()
        values = list(self.latencies)
        return Latency(p50=percentile(values, 0.5), p99=percentile(values, 0.99), count=len(values))

    async def _write_and_return(self, connection: Connection) -> None:
        try:
            await self._write(connection)
        finally:
            self._free.put_nowait(connection)
