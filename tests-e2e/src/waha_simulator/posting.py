"""Posts webhooks and keeps a log of what became of each."""

import asyncio
import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from enum import StrEnum

import aiohttp
from msgspec import Struct

from waha_simulator.delivery import Faults, Webhook, headers, pauses, worth_retrying
from waha_simulator.ids import IdSource, wall_clock_ms

LOG_LENGTH = 20_000
CONNECTIONS = 64
ATTEMPT_SECONDS = 30.0


class Outcome(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    LOST = "lost"


class Parcel(Struct, frozen=True, kw_only=True):
    """One event for one webhook."""

    webhook: Webhook
    session: str
    engine: str
    event: str
    event_id: str
    message_id: str | None
    body: bytes


class Delivery(Struct, kw_only=True):
    """A line of the log. `status` is the receiver's last answer, null without one."""

    number: int
    request_id: str
    session: str
    event: str
    event_id: str
    message_id: str | None
    url: str
    outcome: Outcome
    status: int | None
    attempts: int
    started_ms: int
    ended_ms: int | None


class Postman:
    """Delivers parcels concurrently, as the real server does; used with `async with`."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids
        self._log: deque[Delivery] = deque(maxlen=LOG_LENGTH)
        self._numbers = itertools.count(1)
        self._running: set[asyncio.Task[Delivery]] = set()
        self._held: list[asyncio.Future[None]] = []
        self._lost: deque[Parcel] = deque(maxlen=LOG_LENGTH)
        self._client: aiohttp.ClientSession | None = None
        self.faults = Faults()

    async def __aenter__(self) -> "Postman":
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=ATTEMPT_SECONDS),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._held.clear()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    def post(self, parcel: Parcel) -> list["asyncio.Future[Delivery]"]:
        """Begin the delivery of a parcel; two futures when the duplicate fault strikes."""
        hit = not self.faults.engines or parcel.engine in self.faults.engines
        copies = 2 if hit and self._ids.pick() < self.faults.duplicate else 1
        return [self._begin(parcel, hit=hit) for _ in range(copies)]

    def log(self, *, session: str | None = None, outcome: Outcome | None = None) -> list[Delivery]:
        """The latest deliveries, oldest first."""
        return [
            line
            for line in self._log
            if (session is None or line.session == session)
            and (outcome is None or line.outcome is outcome)
        ]

    def forget(self) -> None:
        """Empty the log; what is under way goes on."""
        self._log.clear()

    def release_held(self) -> None:
        """Let go of what the reorder fault holds back."""
        held, self._held = self._held, []
        for turn in sorted(held, key=lambda _: self._ids.pick()):
            turn.set_result(None)

    def post_lost(self) -> int:
        """Post again what the lose fault took, under the faults of now; how many that is."""
        lost, self._lost = self._lost, deque(maxlen=LOG_LENGTH)
        return sum(len(self.post(parcel)) for parcel in lost)

    @property
    def under_way(self) -> int:
        """Deliveries that have no outcome yet."""
        return len(self._running)

    def _begin(self, parcel: Parcel, *, hit: bool) -> "asyncio.Task[Delivery]":
        line = Delivery(
            number=next(self._numbers),
            request_id=self._ids.request(),
            session=parcel.session,
            event=parcel.event,
            event_id=parcel.event_id,
            message_id=parcel.message_id,
            url=parcel.webhook.url,
            outcome=Outcome.WAITING,
            status=None,
            attempts=0,
            started_ms=wall_clock_ms(),
            ended_ms=None,
        )
        self._log.append(line)
        turn = self._turn() if hit else None
        task = asyncio.create_task(self._deliver(parcel, line, turn, hit=hit))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def _turn(self) -> "asyncio.Future[None] | None":
        if self.faults.reorder == 0:
            return None
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.append(turn)
        if len(self._held) >= self.faults.reorder:
            self.release_held()
        return turn

    def _chance(self) -> Iterator[float]:
        while True:
            yield self._ids.pick()

    async def _deliver(
        self,
        parcel: Parcel,
        line: Delivery,
        turn: "asyncio.Future[None] | None",
        *,
        hit: bool,
    ) -> Delivery:
        if turn is not None:
            await turn
        if hit and self._ids.pick() < self.faults.lose:
            self._lost.append(parcel)
            return self._close(line, Outcome.LOST)
        if hit and self.faults.delay_seconds:
            await asyncio.sleep(self._ids.pick() * self.faults.delay_seconds)
        rests = pauses(parcel.webhook.retries, self._chance())
        while True:
            line.attempts += 1
            line.status = await self._attempt(parcel, line, hit=hit)
            if line.status is not None and line.status < 300:
                return self._close(line, Outcome.DELIVERED)
            if not worth_retrying(line.status):
                return self._close(line, Outcome.REFUSED)
            rest = next(rests, None)
            if rest is None:
                return self._close(line, Outcome.GIVEN_UP)
            line.outcome = Outcome.RETRYING
            await asyncio.sleep(rest)

    def _close(self, line: Delivery, outcome: Outcome) -> Delivery:
        line.outcome = outcome
        line.ended_ms = wall_clock_ms()
        return line

    async def _attempt(self, parcel: Parcel, line: Delivery, *, hit: bool) -> int | None:
        """The receiver's status, or None when the connection broke."""
        assert self._client is not None, "the postman has not started"
        if hit and self._ids.pick() < self.faults.fail:
            return None
        named = headers(
            parcel.webhook, parcel.body, request_id=line.request_id, timestamp_ms=wall_clock_ms()
        )
        try:
            async with self._client.post(
                parcel.webhook.url, data=parcel.body, headers=named, allow_redirects=False
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None


async def outcomes(deliveries: Sequence["asyncio.Future[Delivery]"]) -> list[Delivery]:
    """Wait until every one has its outcome."""
    return list(await asyncio.gather(*deliveries))
