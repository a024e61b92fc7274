"""What channels hears of other services: it reads what its contracts say, and acts once."""

from collections.abc import Callable

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
from ventros_channels.actions.subscribe import ACTIONS
from ventros_channels.delivery.subscribe import SENDING
from ventros_channels.pictures.subscribe import CONSUMERS

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


async def test_contracts_have_what_is_read_and_nothing_else(
    deliveries: Deliveries, contracts: Contracts, tenant: TestTenant
) -> None:
    await check_contracts(deliveries, contracts, HEARD, tenant)


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("consumer", HEARD, ids=lambda consumer: consumer.name)
async def test_any_event_has_one_effect_though_it_comes_twice(
    consumer: Consumer, data: st.DataObject, deliveries: Deliveries, contracts: Contracts
) -> None:
    events = data.draw(envelopes(consumer.types, new_tenant()))
    await check_once(deliveries, contracts, consumer, events, refused=set())
