"""The number of lanes changes while messages flow."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from platform_bus import BusSettings
from platform_bus.lane_change import change_lanes
from platform_devstack.provision import service_database
from platform_devstack.services import DATABASE
from platform_postgres import Database, PostgresSettings
from ventros_e2e.own_stack import OwnStack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

SERVICES = ("channels", "contacts", "sessions", "messaging")


@pytest.fixture
async def databases(stack: OwnStack) -> AsyncIterator[list[Database]]:
    around = stack.around
    made = []
    for name in SERVICES:
        urls = service_database(
            around.endpoints.postgres_admin_url, DATABASE, name, around.secrets.get
        )
        settings = PostgresSettings(
            database_app_url=urls.app_url,
            database_relay_url=urls.relay_url,
            database_system_url=urls.system_url,
        )
        made.append(Database(settings, service=name))
    yield made
    await asyncio.gather(*(one.close() for one in made))


async def test_more_and_fewer_lanes_under_load(watch, stack, databases) -> None:
    settings = BusSettings(amqp_url=stack.amqp_url)
    async with watch() as watched:
        async with watched.conversations(20) as talk:
            for lanes in (6, 3, 4):
                await talk.more(100)
                await change_lanes(databases, settings, lanes, deadline=60)
            await talk.more(100)
        findings = await watched.auditor.settled(talk.ledger, within=60)
        assert findings.clean, findings.summary()
