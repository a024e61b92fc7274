"""What messaging hears: it reads what its contracts say, bears every shape, and acts once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
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
from proto_events.envelope import Envelope
from ventros_messaging.events.subscribe import CONSUMERS
from ventros_messaging.workflows.contract import workflow_id
from ventros_messaging.workflows.readers import Readers, reading

REFUSED: Final[Mapping[str, set[str]]] = {
    "messaging.recorded": {
        "content_incomplete",
        "links_apart",
        "AliasCycle",
        "CharacterNotInRepertoireError",
    },
    "messaging.aliases": {"links_apart", "AliasCycle"},
    "messaging.facts": {"content_incomplete", "CharacterNotInRepertoireError"},
    "messaging.actions": {"CharacterNotInRepertoireError"},
    "messaging.files": {"CharacterNotInRepertoireError"},
    "messaging.posts": {"content_incomplete", "CharacterNotInRepertoireError"},
    "messaging.chats": {"CharacterNotInRepertoireError"},
}
"""Why an event that its schema allows is set aside, by consumer.

`CharacterNotInRepertoireError` is for U+0000 in an id of the provider's, which PostgreSQL cannot
store; a cycle of edges is met while another edge is still on its way."""

READING: Final = "messaging.reading"


class Reading(msgspec.Struct, frozen=True):
    """What all requests to read a file have."""

    message_id: UUID


@pytest.fixture
def deliveries(database: Database) -> Deliveries:
    """Events go in, and all that they leave can be seen."""
    return Deliveries(database)


@pytest.fixture
def contracts(contracts_of: Callable[[str], Contracts]) -> Contracts:
    """What messaging promises to read."""
    return contracts_of("messaging")


@pytest.fixture
def connection(temporal: str) -> TemporalConnection:
    """To a Temporal in which nobody runs what is started."""
    return TemporalConnection(TemporalSettings(temporal_address=temporal))


@pytest.fixture
def reader(connection: TemporalConnection) -> Consumer:
    """The consumer that has files read."""
    return reading(Readers(connection, f"messaging-{uuid4()}"))


async def test_contracts_have_what_is_read_and_nothing_else(
    deliveries: Deliveries, contracts: Contracts, tenant: TestTenant, reader: Consumer
) -> None:
    await check_contracts(deliveries, contracts, (*CONSUMERS, reader), tenant)


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.name)
async def test_any_event_has_one_effect_though_it_comes_twice(
    consumer: Consumer, data: st.DataObject, deliveries: Deliveries, contracts: Contracts
) -> None:
    events = data.draw(envelopes(consumer.types, new_tenant()))
    refused = REFUSED.get(consumer.name, set())
    await check_once(deliveries, contracts, consumer, events, refused=refused)


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("name", [READING])
async def test_a_file_is_read_once_though_it_is_asked_for_twice(
    name: str,
    data: st.DataObject,
    deliveries: Deliveries,
    contracts: Contracts,
    connection: TemporalConnection,
    reader: Consumer,
) -> None:
    assert reader.name == name
    events = data.draw(envelopes(reader.types, new_tenant()))
    await deliveries.deliver(reader, events)
    once = await _runs(connection, events)
    await check_once(deliveries, contracts, reader, events)
    assert await _runs(connection, events) == once


async def _runs(connection: TemporalConnection, events: Sequence[Envelope]) -> dict[UUID, str]:
    """The run of the workflow of each message, which all have."""
    client = await connection.client()
    messages = {msgspec.json.decode(event.data, type=Reading).message_id for event in events}
    return {
        message_id: (await client.get_workflow_handle(workflow_id(message_id)).describe()).run_id
        for message_id in messages
    }
