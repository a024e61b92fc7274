"""From deliveries to committed work: one transaction for what came together.

What a failure becomes, at an ordered consumer and at one without order:

- database or broker away: wait, then the same again, for as long as it takes;
- deadlock, serialization, `RetryBundle`: the same again at once;
- `Undecodable`: the dead-letter queue, with the reason;
- a rule (`DomainError`) or data that the database refuses: parked at once;
- `Unavailable`, `OSError`, `TimeoutError`: ordered, again in place; else deferred with a back-off;
  neither is counted, for nobody failed;
- anything else: ordered, again in place, counted in the database; else deferred; parked after five.

A bundle that fails is done again event by event, so that one does not hold the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from platform_bus import deferral, metrics
from platform_bus.bell import Bell, wait
from platform_bus.consumer import Consumer, Received, RetryBundle, Undecodable
from platform_bus.unknown import UnknownFields
from platform_core.errors import DomainError, Unavailable
from platform_postgres import Database, Tx, is_away, is_transient
from proto_events import envelope as frame

log = structlog.get_logger(__name__)

DeadLetter = Callable[[bytes, str], Awaitable[None]]
"""(body, reason): put it into the dead-letter queue, confirmed."""

# The tenant is set and the inbox rows are written in one round trip. The setting is read by the
# policy only when a row is there, and a row is there only after the setting.
_ENTER = """
WITH entered AS MATERIALIZED (SELECT set_config('app.tenant_id', $1, true)::uuid AS tenant_id)
INSERT INTO inbox (tenant_id, consumer, event_id)
SELECT entered.tenant_id, $2, e.event_id
FROM entered, unnest($3::uuid[]) AS e (event_id)
ON CONFLICT DO NOTHING
RETURNING event_id
"""

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_PERMANENT = (
    DomainError,
    asyncpg.DataError,
    asyncpg.CheckViolationError,
    asyncpg.NotNullViolationError,
)


class _Stopping(Exception):
    """The process stops before a message was kept; it must not be acknowledged."""


class Processor:
    """Handles the events of one consumer; one at a time calls it per lane."""

    def __init__(
        self,
        database: Database,
        consumer: Consumer,
        bell: Bell,
        *,
        dead_letter: DeadLetter,
        attempts: int,
        stop: asyncio.Event,
    ) -> None:
        self._database = database
        self._consumer = consumer
        self._bell = bell
        self._dead_letter = dead_letter
        self._attempts = attempts
        self._stop = stop
        self._unknown = UnknownFields(consumer.name)
        self._decoders = {
            name: msgspec.json.Decoder(struct) for name, struct in consumer.types.items()
        }

    async def handle(self, bodies: Sequence[bytes]) -> bool:
        """Do the work of these deliveries, in order.

        True when they may be acknowledged; False when the process is stopping and they must not.
        """
        try:
            events = await self._read(bodies)
        except _Stopping:
            return False
        if not events:
            return True
        metrics.BUNDLE.labels(self._consumer.name).observe(len(events))
        backoff = 0.05
        while not self._stop.is_set():
            try:
                await self._transaction(events)
            except (RetryBundle, asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                await wait(self._stop, backoff)
            except Exception as error:
                if not (is_away(error) and self._consumer.ordered):
                    return await self._one_by_one(events)
                log.warning("consumer.database_away", consumer=self._consumer.name)
                await wait(self._stop, backoff)
            else:
                return True
            backoff = min(backoff * 2, 2.0)
        return False

    async def retry(self, envelope: bytes) -> None:
        """Do again one event that was deferred; its row goes with its success."""
        try:
            events = await self._read([envelope])
        except _Stopping:
            return
        for event in events:
            await self._attempt(event, kept=True)

    async def _one_by_one(self, events: Sequence[Received[Any]]) -> bool:
        for event in events:
            if not await self._attempt(event):
                return False
        return True

    async def _attempt(self, event: Received[Any], *, kept: bool = False) -> bool:
        """One event in its own transaction, until it is done, kept, or we stop (False)."""
        backoff = 0.05
        while not self._stop.is_set():
            try:
                await self._transaction([event], settle=kept)
            except Exception as error:
                try:
                    held = await self._failed(event, error)
                except _Stopping:
                    return False
                except Exception as second:
                    if not is_transient(second):
                        raise
                    held = True
                if not held:
                    return True
                kept = True
                await wait(self._stop, backoff)
                backoff = min(backoff * 2, 2.0)
            else:
                return True
        return False

    async def _failed(self, event: Received[Any], error: Exception) -> bool:
        """Decide what becomes of a failed event; True when it is to be tried again here."""
        name = self._consumer.name
        if is_transient(error) or isinstance(error, RetryBundle):
            if not isinstance(error, OSError | TimeoutError) or self._consumer.ordered:
                return True
            return await self._defer(event, error)
        if isinstance(error, Undecodable):
            await self._bury(frame.encode(event.envelope), str(error))
            return False
        if isinstance(error, Unavailable):
            return True if self._consumer.ordered else await self._defer(event, error)
        if isinstance(error, _PERMANENT):
            await self._keep(deferral.PARK, event, error)
            metrics.PARKED.labels(name).inc()
            return False
        return await self._count(event, error)

    async def _count(self, event: Received[Any], error: Exception) -> bool:
        """A failure that is nobody's rule: count it, park it when there were enough."""
        ordered = self._consumer.ordered
        statement = deferral.HOLD if ordered else deferral.DEFER
        if await self._keep(statement, event, error) >= self._attempts:
            await self._keep(deferral.PARK, event, error)
            metrics.PARKED.labels(self._consumer.name).inc()
            return False
        return ordered

    async def _defer(self, event: Received[Any], error: Exception) -> bool:
        await self._keep(deferral.DEFER, event, error)
        metrics.DEFERRED.labels(self._consumer.name).inc()
        return False

    async def _keep(self, statement: str, event: Received[Any], error: Exception) -> int:
        code = error.code if isinstance(error, DomainError) else type(error).__name__
        log.warning(
            "consumer.failed",
            consumer=self._consumer.name,
            event_id=str(event.envelope.id),
            type=event.envelope.type,
            code=code,
        )
        async with self._database.tenant(event.envelope.tenant_id) as tx:
            return await deferral.keep(
                tx, statement, self._consumer.name, event.envelope, code=code, reason=str(error)
            )

    async def _transaction(self, events: Sequence[Received[Any]], *, settle: bool = False) -> None:
        """Inbox, work and outbox of these events in one commit, tenant after tenant."""
        if self._consumer.call is not None:
            await self._consumer.call(events)
        parts: dict[UUID, dict[UUID, Received[Any]]] = {}
        for event in events:
            parts.setdefault(event.envelope.tenant_id, {}).setdefault(event.envelope.id, event)
        handled = 0
        async with self._database.bundle() as tx:
            for tenant_id in sorted(parts):
                handled += await self._part(tx, tenant_id, parts[tenant_id])
                if settle:
                    for event_id in parts[tenant_id]:
                        await tx.execute(deferral.SETTLE, tenant_id, self._consumer.name, event_id)
        self._bell.ring()
        if handled and self._consumer.rings is not None:
            self._consumer.rings.ring()
        metrics.HANDLED.labels(self._consumer.name).inc(handled)
        if handled < len(events):
            metrics.REPEATED.labels(self._consumer.name).inc(len(events) - handled)

    async def _part(self, tx: Tx, tenant_id: UUID, part: dict[UUID, Received[Any]]) -> int:
        rows = await tx.fetch(_ENTER, str(tenant_id), self._consumer.name, sorted(part))
        new = {row["event_id"] for row in rows}
        fresh = [event for event_id, event in part.items() if event_id in new]
        if fresh and self._consumer.handle is not None:
            await self._consumer.handle(tx, tenant_id, fresh)
        return len(fresh)

    async def _read(self, bodies: Sequence[bytes]) -> list[Received[Any]]:
        """The events that we read, in order; what nobody can read goes to the dead letters."""
        events: list[Received[Any]] = []
        for body in bodies:
            try:
                parts = frame.split(body)
            except _UNREADABLE as error:
                await self._bury(body, f"not a CloudEvents batch: {error}")
                continue
            for part in parts:
                try:
                    envelope = frame.decode(part)
                    decoder = self._decoder(envelope.type)
                    if decoder is None:
                        metrics.UNKNOWN.labels(self._consumer.name).inc()
                        continue
                    event = Received(envelope, decoder.decode(envelope.data))
                    self._unknown.look(envelope.type, envelope.data, event.data)
                    if self._consumer.read is not None:
                        event = Received(envelope, self._consumer.read(event))
                except Undecodable as error:
                    await self._bury(part, str(error))
                except _UNREADABLE as error:
                    await self._bury(part, f"not an event that we know: {error}")
                else:
                    events.append(event)
        return events

    def _decoder(self, type_name: str) -> "msgspec.json.Decoder[Any] | None":
        return self._decoders.get(type_name)

    async def _bury(self, body: bytes, reason: str) -> None:
        """Until the broker has it: a message is not acknowledged before it is kept."""
        while not self._stop.is_set():
            try:
                await self._dead_letter(body, reason)
            except Exception as error:
                log.warning("consumer.dead_letter_failed", error=repr(error))
                await wait(self._stop, 0.5)
            else:
                metrics.DEAD.labels(self._consumer.name).inc()
                log.warning("consumer.dead_lettered", consumer=self._consumer.name)
                return
        raise _Stopping
