"""Consumers against the real database and broker: once each, in order, whatever fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import msgspec
import pytest

from platform_bus import (
    Bell,
    Consumer,
    ConsumersPart,
    Received,
    RelayPart,
    Undecodable,
    deferral,
    emit,
    metrics,
)
from platform_bus.dead_letters import list_dead, replay_dead
from platform_bus.lane_change import change_lanes
from platform_bus.publisher import Parcel, Publisher
from platform_core.errors import Invalid, Unavailable
from platform_core.ids import new_id
from platform_postgres import Tx
from proto_events.envelope import BATCH_CONTENT_TYPE, join
from proto_events.registry import struct_of

Eventually = Callable[..., Awaitable[Any]]

SERVICE = "busprobe"
WRITING = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = $1 AND datname = current_database() AND backend_xid IS NOT NULL
"""

PASSED, HAPPENED = "probe.passed.v1", "probe.happened.v1"


class Ledger:
    """A handler that writes what it handled, and fails as it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[UUID, int]] = []
        self.bundles: list[int] = []
        self.keyed: list[tuple[str, int]] = []
        self.fail: dict[int, list[Exception]] = {}

    async def __call__(self, tx: Tx, tenant_id: UUID, events: Sequence[Received[Any]]) -> None:
        for event in events:
            failures = self.fail.get(event.data.number)
            if failures:
                raise failures[0] if len(failures) == 1 else failures.pop(0)
        visible = await tx.fetchval("SELECT count(*) FROM inbox WHERE tenant_id <> $1", tenant_id)
        assert visible == 0
        self.seen += [(tenant_id, event.data.number) for event in events]
        self.keyed += [(event.envelope.partition_key, event.data.number) for event in events]
        self.bundles.append(len(events))

    def numbers(self) -> list[int]:
        return [number for _, number in self.seen]


def laned(ledger: Ledger) -> Consumer:
    return Consumer(
        name="busprobe.passing",
        types={PASSED: struct_of(PASSED)},
        handle=ledger,
        exchange="ventros.pipeline",
        laned=True,
    )


def unordered(ledger: Ledger) -> Consumer:
    return Consumer(
        name="busprobe.happening",
        types={HAPPENED: struct_of(HAPPENED)},
        handle=ledger,
        exchange="ventros.events",
    )


class Running:
    """A relay and consumers of one process, running."""

    def __init__(self, probe: Any, eventually: Eventually, consumers: list[Consumer]) -> None:
        self.probe = probe
        self.eventually = eventually
        self.bell = Bell()
        self.relay = RelayPart(probe.database, probe.settings, self.bell)
        self.consumers = ConsumersPart(probe.database, probe.settings, self.bell, consumers)

    async def __aenter__(self) -> "Running":
        await self.consumers.start()
        await self.until(lambda: self.consumers.ready)
        await self.relay.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.consumers.stop()
        await self.relay.stop()

    async def until(self, condition: Callable[[], bool]) -> None:
        async def holds() -> None:
            assert condition()

        await self.eventually(holds, timeout=30)

    async def send(self, tenant: UUID, numbers: range, key: str = "k") -> None:
        async with self.probe.database.tenant(tenant) as tx:
            await emit(tx, [self.probe.passed(tenant, n, key) for n in numbers])
        self.bell.ring()

    async def tell(self, tenant: UUID, number: int) -> None:
        async with self.probe.database.tenant(tenant) as tx:
            await emit(tx, [self.probe.happened(tenant, number)])
        self.bell.ring()

    async def kept(self) -> list[deferral.Kept]:
        async with self.probe.database.system() as tx:
            return await deferral.list_kept(tx)


async def test_a_call_to_another_system_is_made_outside_the_transaction_until_it_succeeds(
    probe: Any, eventually: Eventually
) -> None:
    called: list[int] = []
    open_transactions: list[int] = []

    async def call(events: Sequence[Received[Any]]) -> None:
        owner = await probe.owner()
        try:
            open_transactions.append(await owner.fetchval(WRITING, f"{SERVICE}-app"))
        finally:
            await owner.close()
        called.extend(event.data.number for event in events)
        if len(called) == 1:
            raise Unavailable("the other system is away", code="away")

    consumer = Consumer(
        name="busprobe.calling",
        types={HAPPENED: struct_of(HAPPENED)},
        call=call,
        exchange="ventros.events",
    )
    tenant = new_id()
    async with Running(probe, eventually, [consumer]) as running:
        await running.tell(tenant, 7)
        await running.until(lambda: called.count(7) >= 2)

        async def noted() -> None:
            async with probe.database.tenant(tenant) as tx:
                assert await tx.fetchval("SELECT count(*) FROM inbox") == 1
            assert not await running.kept()

        await eventually(noted, timeout=30)
    assert set(open_transactions) == {0}


async def test_a_bundle_of_two_tenants_is_handled_under_each_ones_setting(
    probe: Any, eventually: Eventually
) -> None:
    ledger = Ledger()
    one, two = new_id(), new_id()
    async with Running(probe, eventually, [laned(ledger)]) as running:
        for tenant in (one, two):
            await running.send(tenant, range(50))
        await running.until(lambda: len(ledger.seen) == 100)
    for tenant in (one, two):
        assert [n for t, n in ledger.seen if t == tenant] == list(range(50))
    assert max(ledger.bundles) > 1


async def test_what_is_delivered_twice_is_handled_once(probe: Any, eventually: Eventually) -> None:
    ledger = Ledger()
    tenant = new_id()
    async with Running(probe, eventually, [unordered(ledger)]) as running:
        await running.tell(tenant, 1)
        await running.until(lambda: ledger.numbers() == [1])
        async with probe.database.relay() as tx:
            envelope = await tx.fetchval("SELECT envelope FROM event_log")
        again = Parcel(
            "ventros.events", HAPPENED, join([envelope] * 3), BATCH_CONTENT_TYPE, "x", True
        )
        publisher = Publisher(probe.settings)
        await publisher.publish(again)
        await publisher.drop()
        await running.tell(tenant, 2)
        await running.until(lambda: 2 in ledger.numbers())
    assert ledger.numbers() == [1, 2]


@pytest.mark.parametrize("error", [Invalid("no such thing"), asyncio.InvalidStateError("a bug")])
async def test_a_poisoned_event_is_parked_alone_and_a_replay_handles_it_once(
    probe: Any, eventually: Eventually, error: Exception
) -> None:
    ledger = Ledger()
    ledger.fail[3] = [error]
    tenant = new_id()
    async with Running(probe, eventually, [laned(ledger)]) as running:
        await running.send(tenant, range(8))
        await running.until(lambda: len(ledger.seen) == 7)
        assert ledger.numbers() == [0, 1, 2, 4, 5, 6, 7]
        (parked,) = await running.kept()
        assert parked.next_at is None
        assert parked.reason == str(error)
        ledger.fail.clear()
        for _ in range(2):
            async with probe.database.system() as tx:
                await deferral.replay(tx, consumer="busprobe.passing", event_ids=None)
        await running.until(lambda: 3 in ledger.numbers())

        async def settled() -> None:
            assert await running.kept() == []

        await eventually(settled)
    assert ledger.numbers().count(3) == 1


async def test_what_a_newer_producer_says_is_tolerated_and_counted(
    probe: Any, eventually: Eventually
) -> None:
    def counted() -> tuple[float, float]:
        types = metrics.UNKNOWN.labels("busprobe.happening")
        fields = metrics.UNKNOWN_FIELDS.labels("busprobe.happening", HAPPENED)
        return types._value.get(), fields._value.get()

    ledger = Ledger()
    async with Running(probe, eventually, [unordered(ledger)]) as running:
        await running.tell(new_id(), 1)
        await running.until(lambda: ledger.numbers() == [1])
        async with probe.database.relay() as tx:
            known = msgspec.json.decode(await tx.fetchval("SELECT envelope FROM event_log"))
        newer = {**known, "id": str(new_id()), "data": {"number": 2, "mood": "good"}}
        unheard = {**known, "id": str(new_id()), "type": "probe.unheard.v1"}
    before = counted()
    async with Running(probe, eventually, [unordered(ledger)]) as running:
        bodies = [msgspec.json.encode(each) for each in (unheard, newer)]
        publisher = Publisher(probe.settings)
        await publisher.publish(
            Parcel("ventros.events", HAPPENED, join(bodies), BATCH_CONTENT_TYPE, "x", True)
        )
        await publisher.drop()
        await running.until(lambda: ledger.numbers() == [1, 2])
        assert await list_dead(probe.settings, "busprobe.happening") == []
        assert await running.kept() == []
    assert [after - was for after, was in zip(counted(), before, strict=True)] == [1, 1]


async def test_an_ordered_consumer_retries_in_place_so_that_nothing_overtakes(
    probe: Any, eventually: Eventually
) -> None:
    ledger = Ledger()
    ledger.fail[2] = [ValueError("now and then"), ValueError("again"), ValueError("and again")]
    tenant = new_id()
    async with Running(probe, eventually, [laned(ledger)]) as running:
        await running.send(tenant, range(5))

        async def passes_at_last() -> None:
            if len(ledger.fail.get(2, [])) == 1:
                ledger.fail.clear()
            assert len(ledger.seen) == 5

        await eventually(passes_at_last, timeout=20)
        assert ledger.numbers() == [0, 1, 2, 3, 4]
        assert await running.kept() == []


async def test_an_unordered_consumer_defers_what_is_away_and_does_it_later(
    probe: Any, eventually: Eventually
) -> None:
    ledger = Ledger()
    ledger.fail[1] = [Unavailable("temporal is away"), Unavailable("still")]
    tenant = new_id()
    async with Running(probe, eventually, [unordered(ledger)]) as running:
        await running.tell(tenant, 1)
        await running.tell(tenant, 2)
        await running.until(lambda: ledger.numbers() == [2])
        (waiting,) = await running.kept()
        assert waiting.next_at is not None
        assert waiting.code == "unavailable"
        ledger.fail.clear()
        await running.until(lambda: ledger.numbers() == [2, 1])


async def test_what_cannot_be_read_goes_to_the_dead_letters_with_its_reason(
    probe: Any, eventually: Eventually
) -> None:
    ledger = Ledger()
    ledger.fail[1] = [Undecodable("a shape that nobody knows")]
    tenant = new_id()
    async with Running(probe, eventually, [unordered(ledger)]) as running:
        publisher = Publisher(probe.settings)
        for body in (b"[not json", b'[{"id": 1}]'):
            await publisher.publish(
                Parcel("ventros.events", HAPPENED, body, BATCH_CONTENT_TYPE, "x", True)
            )
        await publisher.drop()
        await running.tell(tenant, 1)
        await running.tell(tenant, 2)
        await running.until(lambda: ledger.numbers() == [2])
        letters = await list_dead(probe.settings, "busprobe.happening")
        assert sorted(letter.reason.split(":")[0] for letter in letters) == [
            "a shape that nobody knows",
            "not a CloudEvents batch",
            "not an event that we know",
        ]
        ledger.fail.clear()
        assert await replay_dead(probe.settings, "busprobe.happening", limit=3) == 3
        await running.until(lambda: ledger.numbers() == [2, 1])
        letters = await list_dead(probe.settings, "busprobe.happening")
        assert len(letters) == 2


async def test_two_replicas_share_the_lanes_and_one_takes_all_when_the_other_goes(
    probe: Any, eventually: Eventually
) -> None:
    ledger = Ledger()
    tenant = new_id()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(Running(probe, eventually, [laned(ledger)]))
        await running_lanes(first, 4)
        second = Running(probe, eventually, [laned(ledger)])
        await second.consumers.start()
        await running_lanes(second, 2)
        await running_lanes(first, 2)
        assert not first.consumers.keepers[0].lanes & second.consumers.keepers[0].lanes
        for key in range(12):
            await first.send(tenant, range(20), key=f"key{key}")
        await first.until(lambda: len(ledger.seen) == 240)
        await second.consumers.stop()
        await running_lanes(first, 4)
        for key in range(12):
            await first.send(tenant, range(20, 25), key=f"key{key}")
        await first.until(lambda: len(ledger.seen) == 300)


async def running_lanes(running: Running, count: int) -> None:
    await running.until(lambda: len(running.consumers.keepers[0].lanes) == count)


async def test_the_same_conversation_keeps_its_order_while_replicas_come_and_go(
    probe: Any, eventually: Eventually
) -> None:
    ledger = Ledger()
    tenant = new_id()
    async with Running(probe, eventually, [laned(ledger)]) as running:
        for turn in range(3):
            await running.send(tenant, range(turn * 40, turn * 40 + 20))
            other = Running(probe, eventually, [laned(ledger)])
            await other.consumers.start()
            await running_lanes(other, 2)
            await running.send(tenant, range(turn * 40 + 20, turn * 40 + 40))
            await other.consumers.stop()
        await running.until(lambda: len(ledger.seen) == 120)
    assert ledger.numbers() == list(range(120))


@pytest.mark.parametrize("lanes", [6, 2])
async def test_the_number_of_lanes_changes_under_load_and_the_order_stays(
    probe: Any, eventually: Eventually, lanes: int
) -> None:
    ledger = Ledger()
    tenant = new_id()
    keys = [f"key{n}" for n in range(10)]

    async with Running(probe, eventually, [laned(ledger)]) as running:

        async def customers() -> None:
            for start in range(0, 200, 10):
                for key in keys:
                    await running.send(tenant, range(start, start + 10), key=key)

        writing = asyncio.create_task(customers())
        await running.until(lambda: len(ledger.seen) > 50)
        await change_lanes([probe.database], probe.settings, lanes, deadline=60)
        await running_lanes(running, lanes)
        await writing
        await running.until(lambda: len(ledger.seen) == 2000)
    by_key: dict[str, list[int]] = {}
    for key, number in ledger.keyed:
        by_key.setdefault(key, []).append(number)
    assert by_key == {key: list(range(200)) for key in keys}
