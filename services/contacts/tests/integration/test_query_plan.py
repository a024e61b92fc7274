"""What statements cost: the blocks that PostgreSQL touches, never the time that it takes.

5,000 contacts of one tenant, and the same number of another one in the same tables. Row-level
security keeps an index from being used with an operator that is not leakproof: these tests would
see it.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec
import pytest

from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_core.words import after_all_with
from platform_postgres import Database
from platform_testkit import ServiceDatabase, TestTenant, new_tenant
from ventros_contacts.domain.identity import IdentityKey
from ventros_contacts.store import recognise, search
from ventros_contacts.store.recognise import Party
from ventros_contacts.store.search import IdentityChoice, Span, TermRange

CONTACTS = 5_000

# 250 people bear each first name, two each last name.
_FILL = f"""
WITH made AS (
    INSERT INTO contact (tenant_id, id, project_id, name, name_source, created_at, updated_at)
    SELECT $1, gen_random_uuid(), $2, n::text, 'push', $3::timestamptz + n * interval '1 second', $3
    FROM generate_series(1, {CONTACTS}) AS n
    RETURNING id, name::integer AS n
),
known AS (
    INSERT INTO contact_identity
        (tenant_id, project_id, kind, value, contact_id, verified, source, created_at)
    SELECT $1, $2, 'phone', '+551190000' || lpad(made.n::text, 5, '0'), made.id, true, 'provider',
        $3
    FROM made
)
INSERT INTO contact_term (tenant_id, project_id, kind, term, contact_id)
SELECT $1, $2, 'word', word.term, made.id
FROM made, LATERAL (VALUES ('first' || made.n % 20), ('last' || made.n / 2)) AS word (term)
"""


# One contact in twenty was joined to another one.
_JOIN = """
INSERT INTO contact_alias (tenant_id, node_id, project_id, root_id, version, strategy, merged_at)
SELECT $1, node.id, $2, root.id, 1, 'manual', now()
FROM (SELECT id, name::integer AS n FROM contact WHERE name::integer % 20 = 10) AS node
JOIN (SELECT id, name::integer AS n FROM contact WHERE name::integer % 20 = 0) AS root
    ON root.n = node.n + 10
"""


class Cost(msgspec.Struct, frozen=True):
    """Blocks touched, and the plan as text."""

    blocks: int
    plan: str


@pytest.fixture
async def filled(service_database: ServiceDatabase, database: Database) -> TestTenant:
    """The tenant whose rows are looked for."""
    tenants = [new_tenant(), new_tenant()]
    for tenant in tenants:
        async with database.tenant(tenant.tenant_id) as tx:
            # The foreign keys of 20,000 rows take their time on a busy machine.
            await tx.execute("SET LOCAL statement_timeout = '100s'")
            await tx.execute(_FILL, tenant.tenant_id, tenant.project_id, utc_now())
            await tx.execute(_JOIN, tenant.tenant_id, tenant.project_id)
    owner = await asyncpg.connect(service_database.owner_url)
    for table in ("contact", "contact_identity", "contact_term", "contact_alias"):
        await owner.execute(f"VACUUM ANALYZE {table}")
    await owner.close()
    return tenants[0]


async def cost(
    database: Database, tenant: TestTenant, statement: str, arguments: Sequence[Any], mode: str
) -> Cost:
    """Run a statement and count."""
    async with database.tenant(tenant.tenant_id) as tx:
        await tx.execute(f"SET LOCAL plan_cache_mode = force_{mode}_plan")
        row = await tx.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *arguments)
    (found,) = msgspec.json.decode(row)
    plan = found["Plan"]
    blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return Cost(blocks, msgspec.json.format(msgspec.json.encode(plan)).decode())


def span(tenant: TestTenant, limit: int = 51) -> Span:
    """The first page."""
    return Span(
        project_id=tenant.project_id,
        created_after=None,
        created_before=None,
        beyond=None,
        limit=limit,
    )


async def test_costs(database: Database, filled: TestTenant) -> None:
    for mode in ("generic", "custom"):
        await finding_people_touches_their_rows_alone(database, filled, mode)
        await a_page_touches_a_page(database, filled, mode)
        await a_search_reads_a_range_of_words(database, filled, mode)
    await a_stranger_sees_none_of_it(database, filled)


async def finding_people_touches_their_rows_alone(
    database: Database, filled: TestTenant, mode: str
) -> None:
    alone = await cost(database, filled, recognise._SINGLE, [*asked(filled, 1), 50], mode)
    joined = await cost(database, filled, recognise._JOINED, asked(filled, 10), mode)
    for each, people in ((alone, 50), (joined, 100)):
        assert "Seq Scan" not in each.plan, each.plan
        # Per contact: a few index descents to read, and the update of its row.
        assert 50 * 4 < each.blocks < people * 20, each.plan


def asked(tenant: TestTenant, first: int) -> tuple[object, ...]:
    """Fifty people, every twentieth from the first on; from 10 on they are joined to others."""
    now = utc_now()
    numbers = range(first, first + 1000, 20)
    keys = [IdentityKey(tenant.project_id, "phone", f"+551190000{n:05}") for n in numbers]
    parties = [(place, Party((key,), now, now), key) for place, key in enumerate(keys)]
    return recognise.arguments_of(parties)


async def a_page_touches_a_page(database: Database, filled: TestTenant, mode: str) -> None:
    page = await cost(database, filled, search._ALL, search.arguments_of(span(filled)), mode)
    assert "contact_newest" in page.plan
    assert page.blocks < 51 * 6, page.plan


async def a_search_reads_a_range_of_words(
    database: Database, filled: TestTenant, mode: str
) -> None:
    terms = [TermRange("word", "last77", after_all_with("last77"))]
    found = await cost(
        database, filled, search._MATCHING, search.matching_arguments(span(filled), terms, []), mode
    )
    # 2 x (1 + 10 + 100) people bear such a name.
    assert "contact_term_pkey" in found.plan
    assert found.blocks < 222 * 8, found.plan
    phones = [IdentityChoice(-1, "phone", "+55119000000077")]
    found = await cost(
        database,
        filled,
        search._MATCHING,
        search.matching_arguments(span(filled), [], phones),
        mode,
    )
    assert found.blocks < 100, found.plan


async def a_stranger_sees_none_of_it(database: Database, filled: TestTenant) -> None:
    terms = [TermRange("word", "last", after_all_with("last"))]
    async with database.tenant(new_id()) as tx:
        assert await search.newest(tx, span(filled)) == {}
        assert await search.matching(tx, span(filled), terms, []) == {}
