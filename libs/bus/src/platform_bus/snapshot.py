"""Snapshots: all of one aggregate, said once more, so that a copy of it can be filled.

A service that joins later, or whose copy was lost, is sent `<aggregate>.snapshot` events to its
queue alone: tenant after tenant, page after page, each page a transaction of that tenant under
row-level security. Each run has new event ids, because a copy that was lost may be filled twice;
`sequence` is the aggregate's version, so what changes meanwhile is not undone by an older page.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

import msgspec

from platform_bus.one_queue import OneQueue, Say, Sealed
from platform_bus.outbox import Outgoing, columns
from platform_bus.settings import BusSettings
from platform_postgres import Database, Tx

PAGE = 500

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")

_NEXT_TENANT = "SELECT tenant_id FROM {table} WHERE tenant_id > $1 ORDER BY tenant_id LIMIT 1"

_FIRST = UUID(int=0)

Page: TypeAlias = Callable[[Tx, UUID, UUID, int], Awaitable[list[Outgoing]]]
"""(tx, tenant, after, limit): the snapshots of the next aggregates whose id is greater than
`after`, by id; `subject` is that id. The tenant is set on `tx`."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """How a service says all of one aggregate.

    `tenants` is the table by which the system role finds whose they are: it leads with `tenant_id`,
    and an explicit policy shows that column to the role.
    """

    aggregate: str
    tenants: str
    page: Page

    def __post_init__(self) -> None:
        if not _IDENTIFIER.fullmatch(self.tenants):
            raise ValueError(f"not a plain identifier: {self.tenants!r}")


async def send_snapshot(
    database: Database,
    settings: BusSettings,
    source: Source,
    queue: str,
    *,
    tenant_id: UUID | None = None,
    say: Say = lambda _: None,
    patience: float = 60.0,
) -> int:
    """Send all that `source` has, or what is one tenant's, to `queue`; returns how many events.

    Raises:
        QueueUnknown: there is no such queue; nothing was sent.
        QueueRefused: the queue was full for `patience` seconds, or is gone.
        OSError, TimeoutError, aiormq.exceptions.AMQPError: the broker is away.
    """
    target = OneQueue(settings, queue, replayed=False, patience=patience)
    try:
        await target.check()
        async for tenant in _tenants(database, source, tenant_id):
            await _send_tenant(database, source, tenant, target, say)
    finally:
        await target.close()
    return target.sent


async def _tenants(
    database: Database, source: Source, tenant_id: UUID | None
) -> AsyncIterator[UUID]:
    if tenant_id is not None:
        yield tenant_id
        return
    statement = _NEXT_TENANT.format(table=source.tenants)
    found: UUID | None = _FIRST
    while True:
        async with database.system() as tx:
            found = await tx.fetchval(statement, found)
        if found is None:
            return
        yield found


async def _send_tenant(
    database: Database, source: Source, tenant_id: UUID, target: OneQueue, say: Say
) -> None:
    after, full = _FIRST, True
    while full:
        async with database.tenant(tenant_id) as tx:
            page = await source.page(tx, tenant_id, after, PAGE)
        # Sent outside of the transaction: a queue may make us wait.
        if page:
            _, ids, _, _, envelopes = columns(f"ventros/{database.service}", page)
            pairs = zip(ids, envelopes, strict=True)
            await target.send([Sealed(str(event_id), body) for event_id, body in pairs])
            after = page[-1].subject
            say(f"{target.sent} sent, up to {source.aggregate} {after} of tenant {tenant_id}")
        full = len(page) == PAGE
