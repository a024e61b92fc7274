"""kill -9 of every part while customers write: nothing lost, doubled, disordered or set aside."""

import asyncio
import json

import pytest

from platform_devstack.ports import choose
from platform_devstack.servers import postgres, rabbitmq, temporal
from ventros_e2e.crowd import somebody
from ventros_e2e.own_stack import SERVICE_NAMES
from ventros_e2e.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

PEOPLE = 20
KILLS = 10
BETWEEN = 60
"""Promised messages between two kills."""
SETTLES = 60.0
QUEUE_IS_KNOWN = 8.0
"""Ra writes the names of new quorum queues to disk some seconds late: one that is younger does not
survive kill -9 of the broker. That is the broker's affair; the audit's queue is new in each test.
"""


async def test_every_service_is_killed_ten_times(watch) -> None:
    async with watch() as watched:
        async with watched.conversations(PEOPLE) as talk:
            for _ in range(KILLS):
                await talk.more(BETWEEN // 2)
                for name in SERVICE_NAMES:
                    await watched.stack.kill(name)
                await asyncio.gather(*(watched.stack.start_service(name) for name in SERVICE_NAMES))
            await talk.more(BETWEEN)
        assert talk.refusals > 0, "the kills were not felt"
        findings = await watched.auditor.settled(talk.ledger, within=SETTLES)
        assert findings.clean, findings.summary()


async def test_rabbitmq_is_killed(watch) -> None:
    async with watch() as watched:
        async with watched.conversations(PEOPLE) as talk:
            await talk.more(BETWEEN)
            await asyncio.sleep(QUEUE_IS_KNOWN)
            before = talk.refusals
            await watched.stack.kill(rabbitmq.NAME)
            await talk.more(BETWEEN)
            assert talk.refusals == before, "webhooks need no broker"
            await watched.stack.restart_server(rabbitmq.NAME)
            await talk.more(BETWEEN)
        findings = await watched.auditor.settled(talk.ledger, within=SETTLES)
        assert findings.clean, findings.summary()


async def test_postgresql_is_killed(watch) -> None:
    async with watch() as watched:
        async with watched.conversations(PEOPLE) as talk:
            await talk.more(BETWEEN)
            await watched.stack.kill(postgres.NAME)
            body = watched.provider.told(watched.provider.message(somebody("Ana"), "oi"))
            away = await watched.provider.post(body)
            assert away.status == 503
            assert int(away.retry_after or 0) > 0
            assert json.loads(away.body)["code"]
            await watched.stack.restart_server(postgres.NAME)
            await talk.more(BETWEEN)
        findings = await watched.auditor.settled(talk.ledger, within=SETTLES)
        assert findings.clean, findings.summary()


async def test_two_replicas_share_the_lanes_and_one_is_killed(watch, database) -> None:
    names = ["channels", "contacts", "sessions", "messaging"]
    ports = choose(dict.fromkeys(names))
    async with watch() as watched:
        replicas = await asyncio.gather(
            *(watched.stack.start_replica(name, ports[name]) for name in names)
        )

        async def shared() -> bool:
            rows = await database.fetch(
                "SELECT replica, count(*) AS lanes FROM contacts.lane_lease"
                " WHERE expires_at > now() GROUP BY replica"
            )
            return len(rows) == 2 and all(row["lanes"] == 2 for row in rows)

        await eventually(shared, "two replicas with two lanes each", within=30)
        async with watched.conversations(PEOPLE) as talk:
            for name in replicas:
                await talk.more(BETWEEN)
                await watched.stack.kill(name)
            await talk.more(BETWEEN)
        findings = await watched.auditor.settled(talk.ledger, within=SETTLES)
        assert findings.clean, findings.summary()


async def test_temporal_is_killed_and_timers_fire_once(watch, database) -> None:
    async with watch(timeout_minutes=0.1) as watched:
        told = await watched.provider.write(somebody("Ana"), "oi")
        message = await watched.inbox.the_message(told.stanza)
        await watched.stack.kill(temporal.NAME)
        await watched.stack.kill("sessions")
        await watched.stack.restart_server(temporal.NAME)
        await watched.stack.start_service("sessions")

        async def over() -> bool:
            return (await watched.inbox.session(message.session_id)).status == "ended"

        await eventually(over, "the session has ended", within=40)
        await asyncio.sleep(2)
        ends = await database.fetchval(
            "SELECT count(*) FROM sessions.event_log WHERE type = 'session.ended.v1'"
            " AND convert_from(envelope, 'UTF8')::jsonb ->> 'subject' = $1",
            message.session_id,
        )
        assert ends == 1


async def test_a_lag_longer_than_the_timeout_ends_no_session_that_had_messages(watch) -> None:
    async with watch(timeout_minutes=0.1) as watched:
        ana = somebody("Ana")
        first = await watched.provider.write(ana, "antes")
        message = await watched.inbox.the_message(first.stanza)
        await watched.stack.kill("contacts")
        for number in range(5):
            await watched.provider.write(ana, f"durante {number}")
            await asyncio.sleep(2)
        await watched.stack.start_service("contacts")
        stored = await watched.inbox.holds(6, within=30)
        assert {one.session_id for one in stored} == {message.session_id}
