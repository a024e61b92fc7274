"""A service with nothing but the bus: its database, its broker, two events of its own."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from platform_bus import BusSettings, Outgoing
from platform_core.ids import new_id
from platform_postgres import Database, PostgresSettings
from proto_events.registry import PIPELINE_EXCHANGE, event, struct_of

SERVICE = "busprobe"

if struct_of("probe.happened.v1") is None:

    @event("probe.happened", aggregate="probe", producer="bus", data_class="none")
    class Happened(msgspec.Struct, frozen=True, kw_only=True):
        """A domain event of these tests."""

        number: int

    @event(
        "probe.passed",
        aggregate="probe",
        producer="bus",
        data_class="none",
        exchange=PIPELINE_EXCHANGE,
    )
    class Passed(msgspec.Struct, frozen=True, kw_only=True):
        """A transit event of these tests."""

        number: int
        key: str


class Probe(msgspec.Struct, frozen=True):
    """What a test of the bus works with."""

    database: Database
    settings: BusSettings
    owner_url: str

    async def owner(self) -> "asyncpg.Connection[Any]":
        return await asyncpg.connect(self.owner_url)

    def passed(self, tenant: UUID, number: int, key: str = "k") -> Outgoing:
        return self._outgoing(Passed(number=number, key=key), tenant, key)

    def happened(self, tenant: UUID, number: int, key: str = "k") -> Outgoing:
        return self._outgoing(Happened(number=number), tenant, key)

    def _outgoing(self, data: msgspec.Struct, tenant: UUID, key: str) -> Outgoing:
        return Outgoing(
            event=data,
            tenant_id=tenant,
            project_id=tenant,
            subject=new_id(),
            sequence=1,
            partition_key=key,
        )


@pytest.fixture
async def probe(make_database: Callable[[str], Any], amqp_vhost: str) -> AsyncIterator[Probe]:
    urls = make_database(SERVICE)
    database = Database(
        PostgresSettings(
            database_app_url=urls.app_url,
            database_relay_url=urls.relay_url,
            database_system_url=urls.system_url,
        ),
        service=SERVICE,
    )
    settings = BusSettings(
        amqp_url=amqp_vhost, relay_poll=0.2, lease_seconds=3.0, lane_queue_length=50
    )
    yield Probe(database, settings, urls.owner_url)
    await database.close()
