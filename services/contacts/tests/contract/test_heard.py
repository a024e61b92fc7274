"""What contacts hears: it reads what its contracts say, bears every shape, and acts once."""

from collections.abc import Callable, Mapping
from typing import Final

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
from ventros_contacts.events.subscribe import CONSUMERS

REFUSED: Final[Mapping[str, set[str]]] = {
    "contacts.messages": {"message_without_party", "CharacterNotInRepertoireError"},
    "contacts.identities": {"CharacterNotInRepertoireError"},
}
"""Why an event that its schema allows is set aside, by consumer. The last is PostgreSQL's word for
U+0000, which it cannot store."""


@pytest.fixture
def deliveries(database: Database) -> Deliveries:
    """Events go in, and all that they leave can be seen."""
    return Deliveries(database)


@pytest.fixture
def contracts(contracts_of: Callable[[str], Contracts]) -> Contracts:
    """What contacts promises to read."""
    return contracts_of("contacts")


async def test_contracts_have_what_is_read_and_nothing_else(
    deliveries: Deliveries, contracts: Contracts, tenant: TestTenant
) -> None:
    await check_contracts(deliveries, contracts, CONSUMERS, tenant)


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("consumer", CONSUMERS, ids=lambda consumer: consumer.name)
async def test_any_event_has_one_effect_though_it_comes_twice(
    consumer: Consumer, data: st.DataObject, deliveries: Deliveries, contracts: Contracts
) -> None:
    events = data.draw(envelopes(consumer.types, new_tenant()))
    refused = REFUSED.get(consumer.name, set())
    await check_once(deliveries, contracts, consumer, events, refused=refused)
