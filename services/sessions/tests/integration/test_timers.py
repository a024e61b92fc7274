"""Sessions end in time: the real database, broker and Temporal, with timeouts of seconds."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from temporalio.service import RPCError, RPCStatusCode

from platform_core.ids import new_id
from platform_testkit import eventually
from proto_events.channels import ChannelUpdated


def timeout(facts: Any, seconds: float, sequence: int = 1) -> Any:
    fact = ChannelUpdated(
        channel_id=facts.channel_id,
        name="Sales",
        type="waha",
        status="active",
        external_id="default",
        default_session_timeout_minutes=seconds / 60,
        updated_at="2026-03-01T12:00:00Z",  # type: ignore[arg-type]
    )
    return facts.received(fact, facts.channel_id, sequence=sequence)


async def test_a_session_ends_once_at_its_deadline_with_its_totals(
    service: Any, facts: Any, running: Any, listener: Any, api: Any
) -> None:
    await service.settings(timeout(facts, 2))
    first = facts.message()
    asked = first.data.message.occurred_at
    await service.record(
        first,
        facts.message(from_me=True, occurred_at=asked + timedelta(seconds=7)),
        facts.message(),
    )
    running.bell.ring()
    (ended,) = await eventually(lambda: listener.of("session.ended"), timeout=60)
    (row,) = await service.rows(facts.tenant)
    assert ended.session_id == row["id"]
    assert ended.ended_at == row["last_activity_at"] + timedelta(seconds=2)
    assert ended.reason == "inactivity_timeout"
    assert ended.first_response_seconds == 7
    assert (ended.metrics.inbound_messages, ended.metrics.outbound_messages) == (2, 1)
    assert (await api.get(f"/v1/sessions/{row['id']}")).json()["status"] == "ended"
    assert len(listener.of("session.started")) == 1
    assert len(listener.of("session.ended")) == 1


async def test_activity_moves_the_end(
    service: Any, facts: Any, running: Any, listener: Any
) -> None:
    await service.settings(timeout(facts, 5))
    for _ in range(5):
        told = facts.message()
        await service.record(told)
        running.bell.ring()
        before = len(listener.of("session.message_recorded"))
        await eventually(lambda n=before: len(listener.of("session.message_recorded")) > n)
        assert listener.of("session.ended") == []
        await asyncio.sleep(1.5)  # time itself is the subject here
    (ended,) = await eventually(lambda: listener.of("session.ended"), timeout=60)
    assert ended.ended_at == told.data.message.received_at + timedelta(seconds=5)
    assert ended.metrics.total_messages == 5


@pytest.mark.timeout(180)
async def test_a_message_that_comes_with_the_expiry_extends_or_opens_anew(
    service: Any, facts: Any, running: Any, listener: Any
) -> None:
    """Thirty people write at about their deadlines, while timers fire."""
    seconds = 1.5
    await service.settings(timeout(facts, seconds))
    people = [new_id() for _ in range(30)]
    told: dict[UUID, list[Any]] = {person: [] for person in people}
    chance = random.Random(7)

    async def talk(person: UUID) -> None:
        for _ in range(4):
            message = facts.message(node=person)
            told[person].append(message.data.message)
            # what is read is a little late, as it is in the pipeline
            await asyncio.sleep(chance.uniform(0, 0.1))
            await service.record(message)
            running.bell.ring()
            await asyncio.sleep(seconds + chance.uniform(-0.15, 0.05))

    await asyncio.gather(*(talk(person) for person in people))

    async def all_ended() -> None:
        rows = await service.rows(facts.tenant)
        assert all(row["status"] == "ended" for row in rows)

    await eventually(all_ended, timeout=90, interval=0.5)
    rows = await service.rows(facts.tenant)
    limit = timedelta(seconds=seconds)
    for person in people:
        mine = [row for row in rows if row["contact_id"] == person]
        moments = [message.received_at for message in told[person]]
        gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
        # neither both nor neither: the number of sessions follows from the times alone
        assert len(mine) == 1 + sum(gap > limit for gap in gaps)
        assert sum(row["inbound_messages"] for row in mine) == len(moments)
        for row in mine:
            assert row["ended_at"] == row["last_activity_at"] + limit

    def all_told() -> None:
        starts = Counter(e.session_id for e in listener.of("session.started"))
        starts += Counter(e.session_id for e in listener.of("session.reopened"))
        assert starts == Counter(e.session_id for e in listener.of("session.ended"))
        assert set(starts) == {row["id"] for row in rows}

    await eventually(all_told, timeout=60)


async def test_a_changed_timeout_applies_to_an_open_session(
    service: Any, facts: Any, running: Any, listener: Any
) -> None:
    await service.record(facts.message())
    running.bell.ring()
    await eventually(lambda: listener.of("session.started"))
    await service.settings(timeout(facts, 1))
    running.bell.ring()
    (ended,) = await eventually(lambda: listener.of("session.ended"), timeout=60)
    (row,) = await service.rows(facts.tenant)
    assert ended.ended_at == row["last_activity_at"] + timedelta(seconds=1)
    assert [e.timeout_seconds for e in listener.of("session.timeout_changed")] == [1.0]


async def test_closing_frees_the_timer(
    service: Any, facts: Any, running: Any, listener: Any, api: Any
) -> None:
    await service.record(facts.message())
    running.bell.ring()
    (row,) = await service.rows(facts.tenant)
    client = await running.worker._connection.client()
    handle = client.get_workflow_handle(f"session-{row['id']}")

    async def started() -> None:
        assert await _status(handle) == "RUNNING"

    await eventually(started, timeout=60)
    await api.post(f"/v1/sessions/{row['id']}/close", {})
    running.bell.ring()

    async def finished() -> None:
        assert await _status(handle) == "COMPLETED"

    await eventually(finished, timeout=60)
    assert [e.reason for e in listener.of("session.ended")] == ["manual_close"]


async def test_a_session_that_lost_its_timer_is_swept(
    service: Any, facts: Any, running: Any, listener: Any
) -> None:
    await service.settings(timeout(facts, 6))
    await service.record(facts.message())
    running.bell.ring()
    (row,) = await service.rows(facts.tenant)
    client = await running.worker._connection.client()
    handle = client.get_workflow_handle(f"session-{row['id']}")

    async def started() -> None:
        assert await _status(handle) == "RUNNING"

    await eventually(started, timeout=60)
    await handle.terminate("lost")

    async def found() -> int:
        found: int = await running.sweep.run_once()
        return found

    assert await eventually(found, timeout=60, interval=0.2) == 1
    (ended,) = await eventually(lambda: listener.of("session.ended"), timeout=60)
    assert ended.ended_at == row["last_activity_at"] + timedelta(seconds=6)


@pytest.mark.timeout(300)
async def test_temporal_away_defers_and_temporal_killed_forgets_nothing(
    service: Any,
    facts: Any,
    listener: Any,
    own_temporal: Any,
    make_running: Callable[[str], Any],
) -> None:
    """Started while Temporal is away; Temporal is killed while the timer sleeps."""
    await service.settings(timeout(facts, 15))
    running = make_running(own_temporal.address)
    await running.start()
    try:
        # What is said before its queue is there has no listener.
        await eventually(lambda: running.consumers.ready, timeout=60)
        await service.record(facts.message())
        running.bell.ring()

        async def deferred() -> bool:
            async with service.database.system() as tx:
                found: bool = await tx.fetchval(
                    "SELECT EXISTS (SELECT FROM deferred WHERE consumer = 'sessions.lifecycle'"
                    " AND next_at IS NOT NULL)"
                )
            return found

        await eventually(deferred, timeout=60)
        (row,) = await service.rows(facts.tenant)
        async with own_temporal.up():
            await eventually(lambda: running.worker.ready, timeout=60)
            client = await running.worker._connection.client()
            handle = client.get_workflow_handle(f"session-{row['id']}")

            async def started() -> None:
                assert await _status(handle) == "RUNNING"

            await eventually(started, timeout=60)
        last = facts.message()
        await service.record(last)
        async with own_temporal.up():
            (ended,) = await eventually(lambda: listener.of("session.ended"), timeout=90)
        assert ended.ended_at == last.data.message.received_at + timedelta(seconds=15)
        assert not await deferred()
        assert ended.metrics.total_messages == 2
    finally:
        await running.stop()


async def _status(handle: Any) -> str:
    try:
        status = (await handle.describe()).status
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return "NONE"
    return str(status.name)
