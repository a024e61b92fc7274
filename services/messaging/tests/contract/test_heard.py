"""What messaging hears: it reads what its contracts say, bears every shape, and acts once."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import uuid4

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
from ventros_messaging.events.subscribe import CONSUMERS
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


@pytest.fixture
def deliveries(database: Database) -> Deliveries:
    """Events go in, and all that they leave can be seen."""
    return Deliveries(database)


@pytest.fixture
def contracts(contracts_of: Callable[[str], Contracts]) -> Contracts:
    """What messaging promises to read."""
    return contracts_of("messaging")


async def test_contracts_have_what_is_read_and_nothing_else(
    deliveries: Deliveries, contracts: Contracts, tenant: TestTenant, temporal: str
) -> None:
    # In a Temporal in which nobody runs what is started.
    connection = TemporalConnection(TemporalSettings(temporal_address=temporal))
    readers = Readers(connection, f"messaging-{uuid4()}")
    await check_contracts(deliveries, contracts, (*CONSUMERS, reading(readers)), tenant)


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.name)
async def test_any_event_has_one_effect_though_it_comes_twice(
    consumer: Consumer, data: st.DataObject, deliveries: Deliveries, contracts: Contracts
) -> None:
    events = data.draw(envelopes(consumer.types, new_tenant()))
    refused = REFUSED.get(consumer.name, set())
    await check_once(deliveries, contracts, consumer, events, refused=refused)
