"""What channels hears of other services: it reads what its contracts say, and acts once."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_bus import Consumer
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from platform_testkit.contracts import Contracts
from platform_testkit.deliveries import Deliveries
from platform_testkit.event_strategies import EXAMPLES, envelopes
from platform_testkit.hearing import check_contracts, check_once
from platform_workflows import TemporalConnection, TemporalSettings
from proto_events.channels import ChannelHistoryImportRequested
from proto_events.envelope import Envelope
from ventros_channels.actions.subscribe import ACTIONS
from ventros_channels.delivery.subscribe import SENDING
from ventros_channels.pictures.subscribe import CONSUMERS
from ventros_channels.workflows.contract import workflow_id
from ventros_channels.workflows.importers import Importers, importing

HEARD = (SENDING, ACTIONS, *CONSUMERS)
"""Everything but its own raw events."""


@pytest.fixture
def deliveries(database: Database) -> Deliveries:
    """Events go in, and all that they leave can be seen."""
    return Deliveries(database)


@pytest.fixture
def contracts(contracts_of: Callable[[str], Contracts]) -> Contracts:
    """What channels promises to read."""
    return contracts_of("channels")


@pytest.fixture
def connection(temporal: str) -> TemporalConnection:
    """To a Temporal in which nobody runs what is started."""
    return TemporalConnection(TemporalSettings(temporal_address=temporal))


@pytest.fixture
def importer(connection: TemporalConnection) -> Consumer:
    """The consumer that begins imports."""
    return importing(Importers(connection, f"channels-{uuid4()}"))


async def test_contracts_have_what_is_read_and_nothing_else(
    deliveries: Deliveries, contracts: Contracts, tenant: TestTenant, importer: Consumer
) -> None:
    await check_contracts(deliveries, contracts, (*HEARD, importer), tenant)


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("consumer", HEARD, ids=lambda consumer: consumer.name)
async def test_any_event_has_one_effect_though_it_comes_twice(
    consumer: Consumer, data: st.DataObject, deliveries: Deliveries, contracts: Contracts
) -> None:
    events = data.draw(envelopes(consumer.types, new_tenant()))
    await check_once(deliveries, contracts, consumer, events, refused=set())


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("name", ["channels.importing"])
async def test_an_import_is_begun_once_though_it_is_asked_for_twice(
    name: str,
    data: st.DataObject,
    deliveries: Deliveries,
    contracts: Contracts,
    connection: TemporalConnection,
    importer: Consumer,
) -> None:
    assert importer.name == name
    events = data.draw(envelopes(importer.types, new_tenant()))
    await deliveries.deliver(importer, events)
    once = await _runs(connection, events)
    await check_once(deliveries, contracts, importer, events)
    assert await _runs(connection, events) == once


async def _runs(connection: TemporalConnection, events: Sequence[Envelope]) -> dict[UUID, str]:
    """The run of each import's workflow."""
    client = await connection.client()
    imports = {
        msgspec.json.decode(event.data, type=ChannelHistoryImportRequested).correlation_id
        for event in events
    }
    return {
        import_id: (await client.get_workflow_handle(workflow_id(import_id)).describe()).run_id
        for import_id in imports
    }
