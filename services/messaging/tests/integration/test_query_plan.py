"""What a page costs: the rows and buffers that PostgreSQL touches, never the time it takes."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
import pytest

from platform_core.ids import new_id
from platform_postgres import Database, PostgresSettings
from platform_testkit import ServiceDatabase
from ventros_messaging.domain.timeline import EARLIEST, LATEST, Order, Position, span
from ventros_messaging.store.messages import READ, TIMELINES, Owner
from ventros_messaging.store.whom import FIND

ROWS = 200_000
CONTACTS = 4
LIMIT = 51
START = EARLIEST.replace(year=2026)
OWNERS: Final[tuple[Owner, ...]] = ("contact_id", "session_id", "chat_id")
ORDERS: Final[tuple[Order, ...]] = ("asc", "desc")

# 200,000 messages of one tenant: four contacts, each with a session, 50,000 messages each,
# one a second, so that every page has the whole table around it.
_FILL = """
INSERT INTO message (
    tenant_id, id, project_id, contact_id, session_id, channel_id, channel_type, from_me,
    provider_message_id, stanza, status, source, content_type, content, quote_stanza,
    occurred_at, received_at, ingress_seq
)
SELECT $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2,
    ($3::uuid[])[1 + n % $5], ($4::uuid[])[1 + n % $5], $1, 'waha',
    n % 2 = 0, n::text, n::text, 'delivered', 'webhook', kind,
    jsonb_build_object('type', kind, 'text', n::text), CASE WHEN n % 10 = 0 THEN '7' END,
    $6::timestamptz + n * interval '1 second', $6, n
FROM generate_series(1, $7::int) AS n
CROSS JOIN LATERAL (SELECT CASE WHEN n % 10 = 1 THEN 'voice' ELSE 'text' END AS kind) AS kinds
"""

# What the files of every tenth of them say.
_FILL_WORDS = """
INSERT INTO message_enrichment (
    tenant_id, id, project_id, message_id, contact_id, session_id, channel_id, content_type,
    status, text, created_at, processed_at
)
SELECT tenant_id, id, project_id, id, contact_id, session_id, channel_id, content_type,
    'completed', repeat('palavra ', 100), occurred_at, occurred_at
FROM message
WHERE tenant_id = $1 AND content_type = 'voice'
"""

# The same again as messages of four groups.
_FILL_GROUPS = """
INSERT INTO message (
    tenant_id, id, project_id, chat_id, author, channel_id, channel_type, from_me,
    provider_message_id, stanza, status, source, content_type, content, occurred_at, received_at,
    ingress_seq
)
SELECT $1, ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, $2,
    ($3::uuid[])[1 + n % $4], '{"from_me": false}', $1, 'waha', n % 2 = 0, n::text, 'g' || n::text,
    'delivered', 'webhook', 'text', jsonb_build_object('type', 'text', 'text', n::text),
    $5::timestamptz + n * interval '1 second', $5, n
FROM generate_series(1, $6::int) AS n
"""


class Filled(msgspec.Struct, frozen=True):
    """Whose messages were put in."""

    tenant_id: UUID
    project_id: UUID
    contacts: list[UUID]
    sessions: list[UUID]
    groups: list[UUID]


async def fill(service_database: ServiceDatabase, database: Database) -> Filled:
    """A table with 200,000 messages that the planner knows."""
    made = Filled(
        new_id(),
        new_id(),
        [new_id() for _ in range(CONTACTS)],
        [new_id() for _ in range(CONTACTS)],
        [new_id() for _ in range(CONTACTS)],
    )
    async with database.tenant(made.tenant_id) as tx:
        await tx.execute(
            _FILL,
            made.tenant_id,
            made.project_id,
            made.contacts,
            made.sessions,
            CONTACTS,
            START,
            ROWS,
        )
        await tx.execute(
            _FILL_GROUPS,
            made.tenant_id,
            made.project_id,
            made.groups,
            CONTACTS,
            START,
            ROWS,
        )
        await tx.execute(_FILL_WORDS, made.tenant_id)
    owner = await asyncpg.connect(service_database.owner_url)
    try:
        await owner.execute("VACUUM ANALYZE message, message_enrichment")
    finally:
        await owner.close()
    return made


@pytest.fixture
async def patient(service_database: ServiceDatabase) -> AsyncIterator[Database]:
    """The service's database with time enough to fill a table."""
    settings = PostgresSettings(
        database_app_url=service_database.app_url,
        database_relay_url=service_database.relay_url,
        database_system_url=service_database.system_url,
        database_statement_timeout=90,
    )
    database = Database(settings, service="messaging")
    yield database
    await database.close()


class Node(msgspec.Struct, rename={"kind": "Node Type", "plans": "Plans"}):
    """One step of a plan, with what it touched."""

    kind: str
    rows: float = msgspec.field(name="Actual Rows", default=0)
    loops: float = msgspec.field(name="Actual Loops", default=0)
    removed: float = msgspec.field(name="Rows Removed by Filter", default=0)
    hit: int = msgspec.field(name="Shared Hit Blocks", default=0)
    read: int = msgspec.field(name="Shared Read Blocks", default=0)
    relation: str | None = msgspec.field(name="Relation Name", default=None)
    plans: list["Node"] = []

    def steps(self) -> list["Node"]:
        """This one and all below."""
        return [self, *(step for plan in self.plans for step in plan.steps())]


class _Explained(msgspec.Struct):
    plan: Node = msgspec.field(name="Plan")


async def explain(database: Database, tenant_id: UUID, statement: str, *args: object) -> Node:
    """Run the statement as the service does and say what it touched."""
    async with database.tenant(tenant_id) as tx:
        text = await tx.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING OFF) {statement}", *args
        )
    [explained] = msgspec.json.decode(text, type=list[_Explained])
    return explained.plan


async def explain_as_kept(
    database: Database, tenant_id: UUID, statement: str, *args: UUID | None
) -> Node:
    """The same of a statement whose plan is made once per connection, whatever is asked."""
    given = ", ".join("NULL" if one is None else f"'{one}'" for one in args)
    async with database.tenant(tenant_id, same_plan=True) as tx:
        await tx.execute(f"PREPARE kept AS {statement}")
        text = await tx.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING OFF) EXECUTE kept({given})"
        )
        await tx.execute("DEALLOCATE kept")
    [explained] = msgspec.json.decode(text, type=list[_Explained])
    return explained.plan


def bounded(plan: Node, *, ids: int) -> None:
    """Only indexes, and of the table no more than a page for each id and its quotes."""
    steps = plan.steps()
    assert not [step.kind for step in steps if step.kind in {"Seq Scan", "Bitmap Heap Scan"}]
    touched = sum(
        (step.rows + step.removed) * step.loops for step in steps if step.relation == "message"
    )
    assert touched <= LIMIT * (ids + 1)
    # A page of rows, each at most one heap block and three of its index, twice (itself, its quote).
    assert plan.hit + plan.read <= LIMIT * 8 * ids


async def test_what_is_asked_costs_the_same_whatever_the_table_holds(
    service_database: ServiceDatabase, patient: Database
) -> None:
    """One table for all questions: it takes longer to fill than to ask."""
    filled = await fill(service_database, patient)
    for owner, order, depth, ids in itertools.product(
        OWNERS, ORDERS, (0, 25_000, 49_900), (1, CONTACTS)
    ):
        await a_page(filled, patient, owner, order, depth, ids)
    await one_message(filled, patient)
    await another_project(filled, patient)
    await whom_a_message_is_for(filled, patient)
    await the_measure_can_fail(filled, patient)


async def a_page(
    filled: Filled, database: Database, owner: Owner, order: Order, depth: int, ids: int
) -> None:
    """At the start, in the middle or near the end of 50,000 messages; of one node or of four."""
    seconds = depth * CONTACTS if order == "asc" else (50_000 - depth) * CONTACTS
    beyond = Position(
        occurred_at=START + timedelta(seconds=seconds), ingress_seq=seconds, id=UUID(int=0)
    )
    stretch = span(
        order, after=START, before=LATEST.replace(year=2030), beyond=beyond if depth else None
    )
    asked = {
        "contact_id": filled.contacts,
        "session_id": filled.sessions,
        "chat_id": filled.groups,
    }[owner]
    plan = await explain(
        database,
        filled.tenant_id,
        TIMELINES[owner, order],
        filled.tenant_id,
        filled.project_id,
        asked[:ids],
        stretch.start.occurred_at,
        stretch.start.ingress_seq,
        stretch.start.id,
        stretch.end,
        None,
        None,
        LIMIT,
        None,
    )
    assert plan.rows == LIMIT
    bounded(plan, ids=ids)


async def one_message(filled: Filled, database: Database) -> None:
    """One row and its quote."""
    some = UUID("00000000-0000-7000-8000-00000000000a")
    plan = await explain(
        database, filled.tenant_id, READ, filled.tenant_id, filled.project_id, some
    )
    assert plan.rows == 1
    bounded(plan, ids=1)


async def another_project(filled: Filled, database: Database) -> None:
    """A conversation of 50,000 messages is not read to be filtered away."""
    plan = await explain(
        database,
        filled.tenant_id,
        TIMELINES["contact_id", "desc"],
        filled.tenant_id,
        new_id(),
        filled.contacts,
        LATEST,
        0,
        UUID(int=0),
        EARLIEST,
        None,
        None,
        LIMIT,
        None,
    )
    assert plan.rows == 0
    assert sum(step.removed * step.loops for step in plan.steps()) == 0
    assert plan.hit + plan.read <= 8 * CONTACTS


async def whom_a_message_is_for(filled: Filled, database: Database) -> None:
    """Named by a contact, or by a session, with 50,000 messages each: their newest alone."""
    for contact, session in ((filled.contacts[0], None), (None, filled.sessions[0])):
        plan = await explain_as_kept(
            database,
            filled.tenant_id,
            FIND,
            filled.tenant_id,
            filled.project_id,
            contact,
            session,
            None,
        )
        read = [step for step in plan.steps() if step.relation == "message"]
        assert sum((step.rows + step.removed) * step.loops for step in read) <= 8
        assert not [step.kind for step in read if step.kind == "Seq Scan"]


async def the_measure_can_fail(filled: Filled, database: Database) -> None:
    """The same page by the time alone, which no index leads with."""
    plan = await explain(
        database,
        filled.tenant_id,
        "SELECT id FROM message WHERE tenant_id = $1 ORDER BY occurred_at LIMIT $2",
        filled.tenant_id,
        LIMIT,
    )
    with pytest.raises(AssertionError):
        bounded(plan, ids=1)
