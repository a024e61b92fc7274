"""The relay: takes rows out of the outbox, publishes them with confirms, keeps the log.

One round is one transaction of the relay role. A single statement claims free shards by
transaction advisory locks, deletes the next rows of them and writes domain events to the log; the
commit comes after the broker's confirms, so a crash gives every row back. Reading by deleting is
what makes the claim safe: rows that another relay took between this statement's snapshot and its
locks are skipped, because PostgreSQL looks again at a row before it deletes it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

import asyncpg
import msgspec
import structlog

from platform_bus import metrics, state
from platform_bus.bell import Bell, wait
from platform_bus.event_stream import DailyRoll, keep_event_stream
from platform_bus.outbox import SHARDS
from platform_bus.publisher import NotConfirmed, Parcel, Publisher
from platform_bus.settings import BusSettings
from platform_bus.topology import AmqpError, declare_exchanges
from platform_postgres import Database, Tx
from proto_events.envelope import BATCH_CONTENT_TYPE, CONTENT_TYPE, join
from proto_events.registry import DOMAIN_EXCHANGE, PIPELINE_EXCHANGE

log = structlog.get_logger(__name__)

BACKLOGGED_SHARE = 50
"""Rows that one tenant gets of a round while there is a backlog."""

MOST_LINGER_SECONDS = 0.1
BUSY_ROWS = 20
"""Rows of a round from which on the full linger is worth its while."""

KEEP_LOG_SECONDS = 3600.0
"""How often the log's partitions are made ahead, and the old ones dropped."""

BLOCKED_ROUNDS = 25
"""Rounds in a row that look again for shards that another relay held, before the poll does."""

_NEXT = """
    SELECT o.seq, o.tenant_id FROM outbox o
    WHERE o.shard IN (SELECT shard FROM claimed)
      AND NOT (o.exchange = 'ventros.pipeline' AND (SELECT paused FROM bus_state))
    ORDER BY o.seq LIMIT $2
"""

_FAIR = """
    SELECT p.seq, p.tenant_id FROM (
        SELECT o.seq, o.tenant_id, o.place FROM tenants t
        CROSS JOIN LATERAL (
            SELECT i.seq, i.tenant_id, row_number() OVER (ORDER BY i.seq) AS place
            FROM outbox i
            WHERE i.tenant_id = t.tenant_id AND i.shard IN (SELECT shard FROM claimed)
              AND NOT (i.exchange = 'ventros.pipeline' AND (SELECT paused FROM bus_state))
            ORDER BY i.seq LIMIT $3
        ) o
        WHERE t.tenant_id IS NOT NULL
        ORDER BY o.place, o.seq LIMIT $2
    ) p
"""

_TENANTS = """
tenants AS (
    (SELECT tenant_id FROM outbox ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT o.tenant_id FROM outbox o WHERE o.tenant_id > t.tenant_id
            ORDER BY o.tenant_id LIMIT 1)
    FROM tenants t WHERE t.tenant_id IS NOT NULL
),
"""

_TAKE = """
WITH RECURSIVE claimed AS MATERIALIZED (
    SELECT s AS shard FROM unnest($1::int[]) AS s
    WHERE pg_try_advisory_xact_lock(hashtext(current_schema()), s)
),
{tenants}
next AS MATERIALIZED ({next}),
taken AS (
    DELETE FROM outbox o USING next n
    WHERE o.tenant_id = n.tenant_id AND o.seq = n.seq
    RETURNING o.tenant_id, o.seq, o.shard, o.id, o.exchange, o.type, o.envelope, o.created_at
),
logged AS (
    INSERT INTO event_log (tenant_id, id, type, envelope)
    SELECT tenant_id, id, type, envelope FROM taken WHERE exchange = 'ventros.events'
)
SELECT c.claimed, s.lanes, t.*
FROM (SELECT count(*)::int AS claimed FROM claimed) c
CROSS JOIN (SELECT lanes FROM bus_state) s
LEFT JOIN taken t ON true
ORDER BY t.seq
"""

TAKE = _TAKE.format(tenants="", next=_NEXT)
TAKE_IN_TURN = _TAKE.format(tenants=_TENANTS, next=_FAIR)

GIVE_BACK = """
INSERT INTO outbox (tenant_id, seq, shard, id, exchange, type, envelope, created_at)
OVERRIDING SYSTEM VALUE
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::uuid[], $5::text[], $6::text[],
                     $7::bytea[], $8::timestamptz[])
"""


UNLOG = "DELETE FROM event_log WHERE id = ANY($1) AND published_at = now()"
"""`now()` is the transaction's: what this round wrote and nothing older."""

_FAULTS = (
    *AmqpError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What one round did. `refused`: the shards whose queue would not take more."""

    published: int
    full: bool = False
    blocked: bool = False
    refused: frozenset[int] = frozenset()


class Relay:
    """The background loop of one process. It has one connection to the broker."""

    def __init__(self, database: Database, settings: BusSettings, bell: Bell) -> None:
        self._database = database
        self._settings = settings
        self._bell = bell
        self._publisher = Publisher(settings)
        self._resting: dict[int, float] = {}
        self._in_turn = False
        self._prepared_at: float | None = None
        self._roll = DailyRoll()
        self.healthy = False

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop`, then once more what is there. Faults back off and go on."""
        backoff = 0.0
        patience = BLOCKED_ROUNDS
        while not stop.is_set():
            rang = await self._bell.heard(self._settings.relay_poll)
            started = time.monotonic()
            try:
                done = await self.run_once()
            except _FAULTS as error:
                self.healthy = False
                log.warning("relay.round_failed", error=repr(error))
                await self._publisher.drop()
                backoff = min(max(backoff * 2, 0.1), 5.0)
                await wait(stop, backoff)
                self._bell.ring()
                continue
            self.healthy, backoff = True, 0.0
            patience = patience - 1 if done.blocked else BLOCKED_ROUNDS
            if done.full or done.refused or (done.blocked and rang and patience > 0):
                self._bell.ring()
            if not done.full and (done.published or done.blocked or done.refused):
                # Rows that come while the last round is fresh go together in the next one: the
                # more there were, the longer it waits, so that a calm system answers at once.
                # A round that took long has a busy machine: the next one brings more at once.
                took = time.monotonic() - started
                linger = max(self._settings.relay_linger, min(2 * took, MOST_LINGER_SECONDS))
                crowd = min(1.0, done.published / BUSY_ROWS) if done.published else 1.0
                await wait(stop, linger * crowd - took)
        await self._last_round()

    async def _last_round(self) -> None:
        try:
            async with asyncio.timeout(self._settings.confirm_timeout):
                while (await self.run_once()).full:
                    pass
        except _FAULTS as error:
            log.info("relay.left_to_others", error=repr(error))
        finally:
            await self._publisher.drop()

    async def prepare(self) -> None:
        """Exchanges and stream, the log's partitions, the first value of the lanes. Repeatable.

        Done at the start and every hour: whoever writes the log keeps its partitions, and whoever
        feeds the stream sees to it that what is old can go.
        """
        await declare_exchanges(await self._publisher.channel())
        await keep_event_stream(self._publisher, self._settings, self._roll)
        async with self._database.relay() as tx:
            await tx.execute("SELECT keep_event_log(2, $1)", self._settings.event_log_days)
        await state.ensure(self._database, self._settings.pipeline_lanes)
        self._prepared_at = time.monotonic()

    async def run_once(self) -> Round:
        """Publish the next rows of the shards that are free, at most one batch.

        Raises:
            what the broker or the database raises when it is away; nothing is lost then.
        """
        now = time.monotonic()
        if self._prepared_at is None or now - self._prepared_at > KEEP_LOG_SECONDS:
            await self.prepare()
        await self._publisher.channel()
        self._resting = {shard: until for shard, until in self._resting.items() if until > now}
        shards = [shard for shard in range(SHARDS) if shard not in self._resting]
        async with self._database.relay() as tx:
            rows = await self._take(tx, shards)
            claimed, lanes = rows[0]["claimed"], rows[0]["lanes"]
            rows = [row for row in rows if row["seq"] is not None]
            refused = await self._publish(rows, lanes)
            if refused:
                await _give_back(tx, refused)
        _note(rows)
        full = len(rows) >= self._settings.relay_batch
        self._in_turn = full
        resting = frozenset(row["shard"] for row in refused)
        self._resting |= dict.fromkeys(resting, time.monotonic() + 0.1)
        return Round(
            published=len(rows) - len(refused),
            full=full,
            blocked=claimed < len(shards),
            refused=resting,
        )

    async def _take(self, tx: Tx, shards: list[int]) -> list[asyncpg.Record]:
        batch = self._settings.relay_batch
        if self._in_turn:
            return await tx.fetch(TAKE_IN_TURN, shards, batch, BACKLOGGED_SHARE)
        return await tx.fetch(TAKE, shards, batch)

    async def _publish(self, rows: Sequence[asyncpg.Record], lanes: int) -> list[asyncpg.Record]:
        """Publish; returns the rows that were refused (with all later ones of their lane)."""
        streams: dict[tuple[str, str], list[asyncpg.Record]] = {}
        singles: list[asyncpg.Record] = []
        for row in rows:
            if row["exchange"] == DOMAIN_EXCHANGE:
                singles.append(row)
                continue
            key = row["type"]
            if row["exchange"] == PIPELINE_EXCHANGE:
                key = f"{key}.{row['shard'] % lanes}"
            streams.setdefault((row["exchange"], key), []).append(row)
        refused: list[asyncpg.Record] = []
        outcomes = await asyncio.gather(
            *(self._publish_stream(*key, stream, refused) for key, stream in streams.items()),
            *(self._publish_single(row, refused) for row in singles),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        return refused

    async def _publish_stream(
        self, exchange: str, key: str, rows: list[asyncpg.Record], refused: list[asyncpg.Record]
    ) -> None:
        """One bundle after the other, each confirmed before the next: nothing overtakes."""
        for start, end in _cuts(rows, self._settings.bundle_events, self._settings.bundle_bytes):
            bundle = rows[start:end]
            parcel = Parcel(
                exchange=exchange,
                routing_key=key,
                body=join([row["envelope"] for row in bundle]),
                content_type=BATCH_CONTENT_TYPE,
                message_id=str(bundle[0]["id"]),
                mandatory=True,
            )
            try:
                await self._publisher.publish(parcel)
            except NotConfirmed as error:
                metrics.REFUSED.inc()
                log.warning("relay.refused", routing_key=key, events=end - start, error=str(error))
                refused.extend(rows[start:])
                return

    async def _publish_single(self, row: asyncpg.Record, refused: list[asyncpg.Record]) -> None:
        parcel = Parcel(
            exchange=row["exchange"],
            routing_key=row["type"],
            body=row["envelope"],
            content_type=CONTENT_TYPE,
            message_id=str(row["id"]),
            mandatory=False,
        )
        try:
            await self._publisher.publish(parcel)
        except NotConfirmed as error:
            metrics.REFUSED.inc()
            log.warning("relay.refused", routing_key=row["type"], events=1, error=str(error))
            refused.append(row)


def _note(rows: Sequence[asyncpg.Record]) -> None:
    if not rows:
        metrics.OUTBOX_AGE.set(0)
        return
    metrics.OUTBOX_AGE.set(max(0.0, time.time() - rows[0]["created_at"].timestamp()))
    for exchange, count in Counter(row["exchange"] for row in rows).items():
        metrics.PUBLISHED.labels(exchange).inc(count)


def _cuts(rows: Sequence[asyncpg.Record], events: int, size: int) -> list[tuple[int, int]]:
    """Where to cut rows into bundles of at most `events` and about `size` bytes."""
    cuts: list[tuple[int, int]] = []
    start = weight = 0
    for place, row in enumerate(rows):
        length = len(row["envelope"])
        if place > start and (place - start >= events or weight + length > size):
            cuts.append((start, place))
            start, weight = place, 0
        weight += length
    cuts.append((start, len(rows)))
    return cuts


async def _give_back(tx: Tx, rows: Sequence[asyncpg.Record]) -> None:
    """Put refused rows back under their old numbers, and out of the log."""
    await tx.execute(UNLOG, [row["id"] for row in rows])
    names = ("tenant_id", "seq", "shard", "id", "exchange", "type", "envelope", "created_at")
    await tx.execute(GIVE_BACK, *([row[name] for row in rows] for name in names))
