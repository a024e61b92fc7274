"""Deliver events to a consumer as the broker would, and look at all that it left in the database.

Everything is real but the broker: the processor with its inbox, the handlers, the tables.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_bus import Bell, Consumer
from platform_bus.processing import Processor
from platform_postgres import Database
from proto_events import envelope as frame
from proto_events.envelope import Envelope

State = dict[str, list[str]]
"""Every table with its rows as JSON, in no order."""

_TABLES = """
SELECT relname AS name FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
  AND NOT relispartition AND relname <> 'deferred' AND has_table_privilege(oid, 'SELECT')
ORDER BY relname
"""

ATTEMPTS = 2
"""Failures of an event that nobody foresaw before it is parked: what fails twice is a defect."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle led to: the code of the error of each event that was kept for a retry or for a
    person, by id, and what the service said."""

    kept: dict[str, str]
    said: list[bytes]


class Deliveries:
    """The way into one service's database, and what can be seen there as its tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def deliver(self, consumer: Consumer, events: Sequence[Envelope]) -> None:
        """One bundle, and nothing is left unsaid of it when this returns.

        Raises:
            AssertionError: something could not be read, or was not acknowledged.
        """
        dead: list[str] = []

        async def bury(_body: bytes, reason: str) -> None:
            dead.append(reason)

        processor = Processor(
            self._database,
            consumer,
            Bell(),
            dead_letter=bury,
            attempts=ATTEMPTS,
            stop=asyncio.Event(),
        )
        bodies = [frame.encode(event) for event in events]
        assert await processor.handle([frame.join(bodies)]), "not acknowledged"
        assert not dead, dead

    async def twice(self, consumer: Consumer, events: Sequence[Envelope]) -> Outcome:
        """Deliver one tenant's bundle, then all of it again, and one of it in a bundle by itself.

        Raises:
            AssertionError: an event is neither done nor kept, or the second delivery changed
                something.
        """
        tenant_id = events[0].tenant_id
        await self.deliver(consumer, events)
        once = await self.state(tenant_id)
        done = {msgspec.json.decode(row)["event_id"] for row in once["inbox"]}
        kept = await self._kept(tenant_id)
        assert done | set(kept) == {str(event.id) for event in events}, "an event was lost"
        await self.deliver(consumer, events)
        await self.deliver(consumer, [events[-1], events[-1]])
        again = await self.state(tenant_id)
        changed = [name for name in once if once[name] != again[name]]
        assert not changed, f"a second delivery changed {changed}"
        return Outcome(kept=kept, said=await self._said(tenant_id))

    async def state(self, tenant_id: UUID) -> State:
        """All rows of a tenant that the service can see, but for failures and their count."""
        async with self._database.tenant(tenant_id) as tx:
            tables = await tx.fetch(_TABLES)
            return {
                table["name"]: sorted(
                    row["json"]
                    for row in await tx.fetch(
                        f'SELECT to_jsonb(t)::text AS json FROM "{table["name"]}" AS t'
                    )
                )
                for table in tables
            }

    async def _kept(self, tenant_id: UUID) -> dict[str, str]:
        async with self._database.tenant(tenant_id) as tx:
            rows = await tx.fetch("SELECT event_id, code FROM deferred")
        return {str(row["event_id"]): row["code"] for row in rows}

    async def _said(self, tenant_id: UUID) -> list[bytes]:
        async with self._database.tenant(tenant_id) as tx:
            return [row["envelope"] for row in await tx.fetch("SELECT envelope FROM outbox")]
