"""What a consumer is: the types that it reads and the handler of one tenant's part of a bundle."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from platform_bus.bell import Bell
from platform_postgres import Tx
from proto_events.envelope import Envelope
from proto_events.registry import ONE_QUEUE, info_of, struct_of

T = TypeVar("T")


class Received(msgspec.Struct, Generic[T], frozen=True):
    """An event as it came: its envelope and its data, read."""

    envelope: Envelope
    data: T


Handler: TypeAlias = Callable[[Tx, UUID, Sequence[Received[Any]]], Awaitable[None]]
"""(tx, tenant, events): events of one tenant, in delivery order, none handled before.

The tenant is set on `tx` and the inbox rows are in it. Work set-based; lock rows in the order of
their keys. What it raises decides what becomes of the events: see `platform_bus.processing`.
"""


Call: TypeAlias = Callable[[Sequence[Received[Any]]], Awaitable[None]]
"""(events): an effect outside the database that may be repeated, whatever became of it before."""


class Undecodable(Exception):
    """This event cannot be read by anyone: it goes to the dead-letter queue with this reason."""


class RetryBundle(Exception):
    """Something moved while we worked: try the same again at once; nobody failed."""


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """One purpose of a service: `<service>.<purpose>`, with a queue or one queue per lane.

    `types` maps each type that is read to its Struct; others are acknowledged and counted.
    `laned`: bound to `<type>.<lane>` on the pipeline, one queue a lane, order kept, retried in
    place. Otherwise bound to the types on `exchange`; `single_active` keeps the order of one
    queue, else failures are deferred and may be overtaken. Snapshots are read and not bound to:
    they come to the queue by its name.

    `queue_per_type`: every type has a queue of its own, named as the type, with its dead-letter
    queue; one connection reads them all, and only what one queue tells may be in order.

    `read` turns an event's data into what `handle` works with, before any transaction; what it
    cannot read is `Undecodable`, and holds no other event of its bundle.

    `call` acts on another system, outside any transaction, before the events are noted in the
    inbox: after a crash it is called again, so its effect must be one that repeats itself safely,
    such as starting a workflow under a business key.

    `rings` wakes who works on what `handle` wrote, in this process, once that is committed.
    """

    name: str
    types: dict[str, Any]
    exchange: str
    handle: Handler | None = None
    call: Call | None = None
    laned: bool = False
    single_active: bool = False
    queue: str | None = None
    bindings: list[str] | None = None
    read: Callable[[Received[Any]], Any] | None = None
    queue_per_type: bool = False
    rings: Bell | None = None

    @property
    def ordered(self) -> bool:
        """Failures are retried in place, so that nothing overtakes."""
        return self.laned or self.single_active

    def queue_name(self, lane: int | None) -> str:
        """The queue of a lane, or the only one."""
        name = self.queue or self.name
        return name if lane is None else f"{name}.{lane}"

    def queues(self, lane: int | None) -> dict[str, list[str]]:
        """Every queue that is read, with what it is bound to."""
        if self.queue_per_type:
            return {name: [name] for name in sorted(self.types)}
        return {self.queue_name(lane): self.routing_keys(lane)}

    def routing_keys(self, lane: int | None) -> list[str]:
        """What the queue is bound to."""
        if self.bindings is not None:
            keys = self.bindings
        else:
            keys = [name for name in sorted(self.types) if not _comes_by_name(name)]
        return keys if lane is None else [f"{key}.{lane}" for key in keys]


def _comes_by_name(type_name: str) -> bool:
    struct = struct_of(type_name)
    return struct is not None and info_of(struct).exchange == ONE_QUEUE
