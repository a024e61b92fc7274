"""How fast one GET is answered: over many connections (rate), over one (median)."""

import asyncio
import time

from msgspec import Struct

from ventros_e2e.bench.keepalive import Connection, get_request
from ventros_e2e.bench.latencies import percentile

CONNECTIONS = 16
SLICES = 3


class Target(Struct, frozen=True, kw_only=True):
    """One GET and the headers that open it."""

    url: str
    path: str
    headers: dict[str, str]

    def request(self) -> bytes:
        """The whole request."""
        return get_request(self.url, self.path, self.headers)


class Compared(Struct, frozen=True, kw_only=True):
    """Requests per second, and medians in seconds."""

    rate: float
    direct_rate: float
    p50: float
    direct_p50: float


class UnexpectedAnswerError(Exception):
    """A GET was not answered with 200."""


async def _checked(connection: Connection, request: bytes) -> None:
    answer = await connection.request(request)
    if answer.status != 200:
        raise UnexpectedAnswerError(f"{answer.status}: {answer.body[:200]!r}")


async def rate(target: Target, seconds: float) -> float:
    """Answers per second over many connections."""
    request = target.request()
    until = time.perf_counter() + seconds

    async def keep_asking() -> int:
        answered = 0
        async with Connection(target.url) as connection:
            while time.perf_counter() < until:
                await _checked(connection, request)
                answered += 1
        return answered

    started = time.perf_counter()
    answered = await asyncio.gather(*(keep_asking() for _ in range(CONNECTIONS)))
    return sum(answered) / (time.perf_counter() - started)


async def durations(target: Target, seconds: float) -> list[float]:
    """Seconds of each answer over one connection."""
    request = target.request()
    taken: list[float] = []
    async with Connection(target.url) as connection:
        until = time.perf_counter() + seconds
        while (started := time.perf_counter()) < until:
            await _checked(connection, request)
            taken.append(time.perf_counter() - started)
    return taken


async def compare(gateway: Target, direct: Target, seconds: float) -> Compared:
    """Both in turns, so that a slow moment of the machine hits both."""
    part = seconds / (4 * SLICES)
    rates: list[float] = []
    direct_rates: list[float] = []
    taken: list[float] = []
    direct_taken: list[float] = []
    for _ in range(SLICES):
        rates.append(await rate(gateway, part))
        direct_rates.append(await rate(direct, part))
        taken += await durations(gateway, part)
        direct_taken += await durations(direct, part)
    return Compared(
        rate=sum(rates) / SLICES,
        direct_rate=sum(direct_rates) / SLICES,
        p50=percentile(taken, 0.5),
        direct_p50=percentile(direct_taken, 0.5),
    )
