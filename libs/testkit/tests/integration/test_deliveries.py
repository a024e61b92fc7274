"""Deliveries against a real database: what is lost, what fails, what happens twice is found."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from platform_bus import Consumer, Received, Undecodable, emit
from platform_bus.outbox import Outgoing
from platform_core.errors import Invalid
from platform_core.ids import new_id
from platform_postgres import Database, PostgresSettings, Tx
from platform_testkit import ServiceDatabase, TestTenant
from platform_testkit.contracts import Contracts
from platform_testkit.deliveries import Deliveries
from platform_testkit.event_strategies import framed, shapes
from platform_testkit.hearing import check_once
from proto_events.contacts import ContactDeleted, ContactMerged
from proto_events.envelope import Envelope
from proto_events.registry import DOMAIN_EXCHANGE

MERGED = "contact.merged.v1"


@pytest.fixture
async def database(make_database: Callable[[str], ServiceDatabase]) -> AsyncIterator[Database]:
    """Any service's; what is used of it is the bus."""
    made = make_database("messaging")
    settings = PostgresSettings(
        database_app_url=made.app_url,
        database_relay_url=made.relay_url,
        database_system_url=made.system_url,
    )
    database = Database(settings, service="messaging")
    yield database
    await database.close()


@pytest.fixture
def contracts(contracts_of: Callable[[str], Contracts]) -> Contracts:
    """Messaging's: it does hear of joins."""
    return contracts_of("messaging")


def bundle(tenant: TestTenant) -> list[Envelope]:
    """Two events."""
    data = next(shapes(ContactMerged))
    return [framed(MERGED, data, tenant, number=number) for number in (1, 2)]


def consumer(**parts: Any) -> Consumer:
    return Consumer(
        name="planted.heard", types={MERGED: ContactMerged}, exchange=DOMAIN_EXCHANGE, **parts
    )


def about(tenant: TestTenant) -> Outgoing:
    """Something to say."""
    return Outgoing(
        event=next(shapes(ContactDeleted)),
        tenant_id=tenant.tenant_id,
        project_id=tenant.project_id,
        subject=new_id(),
        sequence=1,
        partition_key="x",
    )


async def test_what_a_consumer_says_once_is_returned(
    database: Database, contracts: Contracts, tenant: TestTenant
) -> None:
    async def handle(tx: Tx, _tenant: UUID, events: Sequence[Received[Any]]) -> None:
        await emit(tx, [about(tenant) for _ in events])

    deliveries = Deliveries(database)
    outcome = await deliveries.twice(consumer(handle=handle), bundle(tenant))
    assert outcome.kept == {}
    assert len(outcome.said) == 2
    assert len((await deliveries.state(tenant.tenant_id))["inbox"]) == 2


async def test_a_second_effect_is_found(
    database: Database, contracts: Contracts, tenant: TestTenant
) -> None:
    """A call acts beside the inbox, so it happens as often as the event comes."""

    async def call(_events: Sequence[Received[Any]]) -> None:
        async with database.tenant(tenant.tenant_id) as tx:
            await emit(tx, [about(tenant)])

    with pytest.raises(AssertionError, match=r"a second delivery changed \['outbox'\]"):
        await check_once(Deliveries(database), contracts, consumer(call=call), bundle(tenant))


async def test_an_error_is_found_unless_it_is_a_rule(
    database: Database, contracts: Contracts, tenant: TestTenant
) -> None:
    async def handle(_tx: Tx, _tenant: UUID, _events: Sequence[Received[Any]]) -> None:
        raise Invalid("No.", code="no")

    deliveries, strict = Deliveries(database), consumer(handle=handle)
    with pytest.raises(AssertionError, match=r"planted.heard failed with \['no'\]"):
        await check_once(deliveries, contracts, strict, bundle(tenant))
    await check_once(deliveries, contracts, strict, bundle(tenant), refused={"no"})


async def test_what_cannot_be_read_is_found(
    database: Database, contracts: Contracts, tenant: TestTenant
) -> None:
    def read(_event: Received[Any]) -> Any:
        raise Undecodable("nobody can read this")

    with pytest.raises(AssertionError, match="nobody can read this"):
        await check_once(Deliveries(database), contracts, consumer(read=read), bundle(tenant))


async def test_a_handler_that_says_or_reads_what_it_must_not_is_found(
    database: Database, contracts: Contracts, tenant: TestTenant
) -> None:
    async def curious(_tx: Tx, _tenant: UUID, events: Sequence[Received[Any]]) -> None:
        assert events[0].envelope.causation_id

    with pytest.raises(AssertionError, match=r"reads \['causationid'\] of contact.merged.v1"):
        await check_once(Deliveries(database), contracts, consumer(handle=curious), bundle(tenant))
