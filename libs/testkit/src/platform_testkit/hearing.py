"""What every consumer is held to: it reads what its contracts say, bears whatever its events' types
allow, and acts once however often it hears."""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import msgspec

from platform_bus import Consumer
from platform_testkit.contracts import Contracts, unread
from platform_testkit.deliveries import Deliveries
from platform_testkit.event_schemas import check_published
from platform_testkit.event_strategies import framed, shapes
from platform_testkit.reads import Reads, decoders_watched, watched
from platform_testkit.tenants import TestTenant
from proto_events import envelope as frame
from proto_events.envelope import Envelope


def every_shape(consumer: Consumer, tenant: TestTenant) -> list[Envelope]:
    """Each type of a consumer in each shape that it allows, as events of one tenant."""
    told = [
        (type_name, data)
        for type_name in sorted(consumer.types)
        for data in shapes(consumer.types[type_name])
    ]
    return [
        framed(type_name, data, tenant, sequence=number, number=number)
        for number, (type_name, data) in enumerate(told, 1)
    ]


async def check_contracts(
    deliveries: Deliveries,
    contracts: Contracts,
    consumers: Sequence[Consumer],
    tenant: TestTenant,
) -> None:
    """Hold a service's contracts to what its handlers read when they hear every shape.

    Raises:
        NotInContract: they are not what is read.
    """
    reads = Reads()
    types: dict[str, Any] = {}
    for consumer in consumers:
        types |= consumer.types
        for event in every_shape(consumer, tenant):
            await deliveries.deliver(watched(consumer, reads), [event])
    contracts.check(types, reads)


def check_listener(
    contracts: Contracts,
    types: Mapping[str, type[msgspec.Struct]],
    hear: Callable[[bytes], object],
    tenant: TestTenant,
) -> None:
    """Hold the contracts of one who is no `Consumer` to what it reads: it is given bodies, and
    reads them by `envelope.decode` and `msgspec.json.decode`.

    Raises:
        NotInContract: they are not what is read.
    """
    reads = Reads()
    for type_name, struct in types.items():
        for number, data in enumerate(shapes(struct), 1):
            body = frame.encode(framed(type_name, data, tenant, sequence=number, number=number))
            with decoders_watched(type_name, reads):
                hear(body)
    contracts.check(types, reads)


async def check_once(
    deliveries: Deliveries,
    contracts: Contracts,
    consumer: Consumer,
    events: Sequence[Envelope],
    *,
    refused: Set[str] = frozenset(),
) -> None:
    """Hold a consumer to one effect of a bundle that comes twice.

    Args:
        deliveries: the service's database.
        contracts: the service's contracts.
        consumer: who hears.
        events: one tenant's bundle.
        refused: the codes of the rules by which an event may be set aside.

    Raises:
        AssertionError: another error, a second effect, something read beside the contract, or
            something said beside the schemas.
    """
    reads = Reads()
    outcome = await deliveries.twice(watched(consumer, reads), events)
    unforeseen = set(outcome.kept.values()) - refused
    assert not unforeseen, f"{consumer.name} failed with {sorted(unforeseen)}"
    for event in outcome.said:
        check_published(event)
    for type_name in consumer.types:
        beside = unread(contracts.kept(type_name), reads.of(type_name))
        assert not beside, f"{consumer.name} reads {beside} of {type_name} beside its contract"
