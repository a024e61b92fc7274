"""What sessions hears: it reads what its contracts say, bears every shape, and acts once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.service import RPCError, RPCStatusCode

from platform_bus import Consumer
from platform_postgres import Database
from platform_testkit import TestTenant, new_tenant
from platform_testkit.contracts import Contracts
from platform_testkit.deliveries import Deliveries
from platform_testkit.event_strategies import EXAMPLES, envelopes
from platform_testkit.hearing import check_contracts, check_once
from platform_workflows import TemporalConnection, TemporalSettings
from proto_events.envelope import Envelope
from ventros_sessions.events.subscribe import CONSUMERS
from ventros_sessions.workflows.contract import workflow_id
from ventros_sessions.workflows.subscribe import lifecycle
from ventros_sessions.workflows.timers import Timers

REFUSED: Final[Mapping[str, set[str]]] = {
    "sessions.interactions": {"links_apart", "AliasCycle", "CharacterNotInRepertoireError"},
    "sessions.aliases": {"links_apart", "AliasCycle"},
    "sessions.copies": {"CheckViolationError"},
}
"""Why an event that its schema allows is set aside, by consumer.

`CharacterNotInRepertoireError` is for U+0000 in the name of a channel's type, which PostgreSQL
cannot store, `CheckViolationError` for a timeout that is none; a cycle of edges is met while
another edge is still on its way.
"""

LIFECYCLE: Final = "sessions.lifecycle"


class SessionTimer(msgspec.Struct, frozen=True):
    """What all events of a session's life have."""

    session_id: UUID


@pytest.fixture
def deliveries(database: Database) -> Deliveries:
    """Events go in, and all that they leave can be seen."""
    return Deliveries(database)


@pytest.fixture
def contracts(contracts_of: Callable[[str], Contracts]) -> Contracts:
    """What sessions promises to read."""
    return contracts_of("sessions")


@pytest.fixture
def connection(temporal: str) -> TemporalConnection:
    """To a Temporal in which nobody runs what is started."""
    return TemporalConnection(TemporalSettings(temporal_address=temporal))


@pytest.fixture
def consumers(connection: TemporalConnection) -> Mapping[str, Consumer]:
    """All consumers of a process, by name."""
    timers = Timers(connection, f"sessions-{uuid4()}")
    return {consumer.name: consumer for consumer in (*CONSUMERS, lifecycle(timers))}


async def test_contracts_have_what_is_read_and_nothing_else(
    deliveries: Deliveries,
    contracts: Contracts,
    consumers: Mapping[str, Consumer],
    tenant: TestTenant,
) -> None:
    await check_contracts(deliveries, contracts, list(consumers.values()), tenant)


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("name", [consumer.name for consumer in CONSUMERS])
async def test_any_event_has_one_effect_though_it_comes_twice(
    name: str,
    data: st.DataObject,
    deliveries: Deliveries,
    contracts: Contracts,
    consumers: Mapping[str, Consumer],
) -> None:
    consumer = consumers[name]
    events = data.draw(envelopes(consumer.types, new_tenant()))
    await check_once(deliveries, contracts, consumer, events, refused=REFUSED.get(name, set()))


@EXAMPLES
@given(data=st.data())
@pytest.mark.parametrize("name", [LIFECYCLE])
async def test_any_event_of_a_session_starts_its_timer_once(
    name: str,
    data: st.DataObject,
    deliveries: Deliveries,
    contracts: Contracts,
    consumers: Mapping[str, Consumer],
    connection: TemporalConnection,
) -> None:
    consumer = consumers[name]
    events = data.draw(envelopes(consumer.types, new_tenant()))
    await deliveries.deliver(consumer, events)
    once = await _runs(connection, events)
    begun = {_session(event) for event in events if event.type != "session.ended.v1"}
    assert begun <= set(once)
    await check_once(deliveries, contracts, consumer, events)
    assert await _runs(connection, events) == once


async def _runs(connection: TemporalConnection, events: Sequence[Envelope]) -> dict[UUID, str]:
    """The run of the timer of each session that has one."""
    client = await connection.client()
    runs: dict[UUID, str] = {}
    for session_id in {_session(event) for event in events}:
        try:
            found = await client.get_workflow_handle(workflow_id(session_id)).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        else:
            runs[session_id] = found.run_id
    return runs


def _session(event: Envelope) -> UUID:
    session_id: UUID = msgspec.json.decode(event.data, type=SessionTimer).session_id
    return session_id


def test_acknowledgements_are_not_heard() -> None:
    """A receipt is no message: it can open no session and answer nobody."""
    heard = {name for consumer in CONSUMERS for name in consumer.types}
    assert "contact.interaction_recorded.v1" in heard
    assert not {name for name in heard if name.startswith("channel.message_")}
