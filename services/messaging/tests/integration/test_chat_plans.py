"""What a page of chats costs: the rows that PostgreSQL touches, whatever the project has."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg
import pytest

from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit import ServiceDatabase
from ventros_messaging.domain.chat import ChatType, Status
from ventros_messaging.store.chats import NEWEST, listing

from .test_query_plan import LIMIT, START, Node, explain, patient

__all__ = ["patient"]

CHATS: Final = 100_000
CHANNELS: Final = 50

# One a second, the oldest first; each hundredth a group, each fiftieth archived.
_FILL: Final = """
INSERT INTO chat (
    tenant_id, id, project_id, channel_id, address, chat_type, status, state, created_at
)
SELECT $1, gen_random_uuid(), $2, ($3::uuid[])[1 + n % cardinality($3)], n::text,
    CASE WHEN n % 100 = 0 THEN 'group' ELSE 'individual' END,
    CASE WHEN n % 50 = 1 THEN 'archived' ELSE 'active' END, '{}',
    $4::timestamptz + n * interval '1 second'
FROM generate_series(1, $5::int) AS n
"""


async def test_a_page_of_chats_costs_the_same_whatever_the_project_has(
    service_database: ServiceDatabase, patient: Database
) -> None:
    tenant_id, project_id = new_id(), new_id()
    channels = [new_id() for _ in range(CHANNELS)]
    async with patient.tenant(tenant_id) as tx:
        await tx.execute(_FILL, tenant_id, project_id, channels, START, CHATS)
    owner = await asyncpg.connect(service_database.owner_url)
    try:
        await owner.execute("VACUUM ANALYZE chat")
    finally:
        await owner.close()

    async def page(
        *,
        channel_id: UUID | None = None,
        chat_type: ChatType | None = None,
        status: Status | None = None,
        middle: bool = False,
    ) -> Node:
        statement = listing(
            of_channel=channel_id is not None, of_type=chat_type is not None, status=status
        )
        place = (START + timedelta(seconds=CHATS / 2), UUID(int=0)) if middle else NEWEST
        return await explain(
            patient, tenant_id, statement, tenant_id, project_id, *place, LIMIT, channel_id,
            chat_type,
        )  # fmt: skip

    for middle in (False, True):
        bounded(await page(middle=middle))
        bounded(await page(channel_id=channels[7], middle=middle))
        bounded(await page(chat_type="group", middle=middle))
        bounded(await page(status="archived", middle=middle))
        bounded(await page(status="active", middle=middle))
        bounded(await page(channel_id=channels[7], status="active", middle=middle))
    with pytest.raises(AssertionError):
        # A group that is archived: there is none, and all groups are read to say so.
        bounded(await page(chat_type="group", status="archived"))


def bounded(plan: Node) -> None:
    """A full page by an index alone, and little more read than it has."""
    steps = plan.steps()
    assert plan.rows == LIMIT
    assert not [
        step.kind for step in steps if step.kind in {"Seq Scan", "Sort", "Bitmap Heap Scan"}
    ]
    assert sum(step.removed * step.loops for step in steps) <= LIMIT
    assert plan.hit + plan.read <= LIMIT * 4
