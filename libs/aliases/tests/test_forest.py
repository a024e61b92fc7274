"""The forest in PostgreSQL: what it learns, locks and refuses."""

import asyncio
import random
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from platform_aliases import AliasCycle, Forest, Link, LinksApart, StaleRoots
from platform_core.ids import new_id
from platform_postgres import Database
from platform_testkit.counting import counted
from platform_testkit.tenants import TestTenant, new_tenant
from platform_testkit.waiting import eventually

REFS = Forest("contact_ref")


def nodes(count: int) -> list[UUID]:
    return sorted(new_id() for _ in range(count))


def at(tenant: TestTenant, *ids: UUID) -> list[tuple[UUID, UUID]]:
    return [(node, tenant.project_id) for node in ids]


async def learn(db: Database, tenant: TestTenant, ids: list[UUID], *links: Link) -> None:
    async with db.tenant(tenant.tenant_id) as tx:
        await REFS.learn(tx, tenant.tenant_id, at(tenant, *ids), links)


async def roots(db: Database, tenant: TestTenant, *ids: UUID) -> list[UUID]:
    async with db.tenant(tenant.tenant_id) as tx:
        found = await REFS.roots(tx, ids)
    return [found[node] for node in ids]


@pytest.mark.parametrize("name", ["Contact", "a b", "x;drop", "", "1a", 'a"', "a" * 64])
def test_names_are_plain_identifiers(name: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        Forest(name)
    with pytest.raises(ValueError, match="identifier"):
        Forest("contact_ref", parent=name)


async def test_a_new_node_stands_alone(database: Database, tenant: TestTenant) -> None:
    (a,) = nodes(1)
    async with database.tenant(tenant.tenant_id) as tx:
        assert await REFS.admit(tx, tenant.tenant_id, at(tenant, a)) == {a: a}
    async with database.tenant(tenant.tenant_id) as tx:
        row = await tx.fetchrow("SELECT project_id, root_id, version FROM contact_ref")
        assert row is not None
        assert tuple(row) == (tenant.project_id, None, 0)


async def test_links_are_followed_and_undone(database: Database, tenant: TestTenant) -> None:
    a, b, c, d = nodes(4)
    await learn(database, tenant, [a, b, c, d], Link(b, a, 1), Link(c, b, 1), Link(d, c, 1))
    assert await roots(database, tenant, a, b, c, d) == [a, a, a, a]
    async with database.tenant(tenant.tenant_id) as tx:
        assert await REFS.expand(tx, a) == [a, b, c, d]
        assert await REFS.expand(tx, c) == [c, d]
        assert await REFS.trees(tx, [a, c]) == {a: [a, b, c, d], c: [c, d]}
    # Taking b off gives its whole part back.
    await learn(database, tenant, [b], Link(b, None, 2))
    assert await roots(database, tenant, a, b, c, d) == [a, b, b, b]
    async with database.tenant(tenant.tenant_id) as tx:
        assert await REFS.expand(tx, a) == [a]
        assert await REFS.expand(tx, b) == [b, c, d]


async def test_only_a_higher_version_is_applied(database: Database, tenant: TestTenant) -> None:
    a, b, c = nodes(3)
    await learn(database, tenant, [a, b, c], Link(c, None, 2))
    await learn(database, tenant, [a, c], Link(c, a, 1))
    assert await roots(database, tenant, c) == [c]
    await learn(database, tenant, [b, c], Link(c, b, 3))
    await learn(database, tenant, [a, c], Link(c, a, 3))
    assert await roots(database, tenant, c) == [b]


async def test_a_circle_is_refused_and_nothing_stored(
    database: Database, tenant: TestTenant
) -> None:
    a, b = nodes(2)
    await learn(database, tenant, [a, b], Link(b, a, 1))
    with pytest.raises(AliasCycle):
        await learn(database, tenant, [a, b], Link(a, b, 1))
    assert await roots(database, tenant, a, b) == [a, a]
    # Told together with what makes it possible, it is.
    await learn(database, tenant, [a, b], Link(a, b, 1), Link(b, b, 2))
    assert await roots(database, tenant, a, b) == [b, b]


async def test_a_path_tells_all_that_a_copy_needs(database: Database, tenant: TestTenant) -> None:
    a, b, c, new = nodes(4)
    await learn(database, tenant, [a, b, c], Link(b, a, 1), Link(c, b, 4), Link(a, None, 2))
    async with database.tenant(tenant.tenant_id) as tx:
        assert await REFS.paths(tx, [a, c, new]) == {
            a: [Link(a, None, 2)],
            c: [Link(c, b, 4), Link(b, a, 1), Link(a, None, 2)],
            new: [],
        }


async def test_projects_of_nodes_that_only_links_name(
    database: Database, tenant: TestTenant
) -> None:
    a, b, c = nodes(3)
    async with database.tenant(tenant.tenant_id) as tx:
        links = [Link(b, a, 1), Link(c, b, 1)]
        found = await REFS.admit(tx, tenant.tenant_id, at(tenant, c), links)
        assert found == {a: a, b: a, c: a}
        projects = await tx.fetch("SELECT DISTINCT project_id FROM contact_ref")
        assert [row["project_id"] for row in projects] == [tenant.project_id]
        with pytest.raises(LinksApart, match="project"):
            await REFS.admit(tx, tenant.tenant_id, [], [Link(new_id(), new_id(), 1)])
        with pytest.raises(LinksApart, match="project"):
            await REFS.admit(tx, tenant.tenant_id, [], [Link(new_id(), None, 1)])


async def test_what_is_known_costs_one_statement(database: Database, tenant: TestTenant) -> None:
    a, b, c = nodes(3)
    await learn(database, tenant, [a, b, c], Link(c, a, 1))
    async with database.tenant(tenant.tenant_id) as tx:
        async with counted(tx) as statements:
            found = await REFS.admit(tx, tenant.tenant_id, at(tenant, b, c), [Link(c, a, 1)])
        assert found == {a: a, b: b, c: a}
        assert len(statements) == 1, statements
        async with counted(tx) as statements:
            assert await REFS.admit(tx, tenant.tenant_id, []) == {}
            assert await REFS.lock(tx, []) == {}
            assert await REFS.roots(tx, []) == {}
        assert statements == []


async def locked_rows(db: Database, tenant: TestTenant) -> set[UUID]:
    """Nodes whose rows somebody else has locked."""
    async with db.tenant(tenant.tenant_id) as tx:
        everything = {row["id"] for row in await tx.fetch("SELECT id FROM contact_ref")}
        free = await tx.fetch("SELECT id FROM contact_ref FOR NO KEY UPDATE SKIP LOCKED")
    return everything - {row["id"] for row in free}


async def test_lock_takes_the_nodes_and_their_ancestors(
    database: Database, tenant: TestTenant
) -> None:
    a, b, c, d = nodes(4)
    await learn(database, tenant, [a, b, c, d], Link(b, a, 1), Link(c, b, 1))
    async with database.tenant(tenant.tenant_id) as tx:
        assert await REFS.lock(tx, [c]) == {c: a}
        assert await locked_rows(database, tenant) == {a, b, c}
    async with database.tenant(tenant.tenant_id) as tx:
        await REFS.admit(tx, tenant.tenant_id, at(tenant, b))
        assert await locked_rows(database, tenant) == {a, b}


async def blocked(db: Database) -> bool:
    async with db.system() as tx:
        return bool(await tx.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_a_forest_that_moves_under_a_waiting_lock_is_noticed(
    database: Database, tenant: TestTenant
) -> None:
    a, b = nodes(2)
    await learn(database, tenant, [a, b])

    async def wait_for_b() -> dict[UUID, UUID]:
        async with database.tenant(tenant.tenant_id) as tx:
            return await REFS.lock(tx, [b])

    async with database.tenant(tenant.tenant_id) as tx:
        await REFS.learn(tx, tenant.tenant_id, at(tenant, a, b), [Link(b, a, 1)])
        waiting = asyncio.create_task(wait_for_b())
        await eventually(partial(blocked, database))
    with pytest.raises(StaleRoots) as caught:
        await waiting
    assert isinstance(caught.value, asyncpg.SerializationError)
    assert await wait_for_b() == {b: a}


async def test_tenants_do_not_see_each_other(database: Database, tenant: TestTenant) -> None:
    other = new_tenant()
    a, b = nodes(2)
    await learn(database, tenant, [a, b], Link(b, a, 1))
    assert await roots(database, other, b) == [b]
    async with database.tenant(other.tenant_id) as tx:
        assert await REFS.expand(tx, a) == [a]
        assert await REFS.lock(tx, [b]) == {b: b}
    assert await roots(database, tenant, b) == [a]


async def test_shuffled_writers_never_deadlock(database: Database, tenant: TestTenant) -> None:
    """Sixteen writers join, part and lock the same few nodes; only stale roots are retried."""
    ids = nodes(12)
    await learn(database, tenant, ids)
    versions = dict.fromkeys(ids, 0)

    async def work(seed: int) -> int:
        chance = random.Random(seed)
        stale = 0
        for _ in range(15):
            some = chance.sample(ids, 4)
            links = []
            for node in chance.sample(some, 2):
                versions[node] += 1
                # Only to smaller ids, so that no circle is asked for.
                smaller = [each for each in ids if each < node]
                root = chance.choice([*smaller, None])
                links.append(Link(node, root, versions[node]))
            while True:
                try:
                    async with database.tenant(tenant.tenant_id) as tx:
                        await REFS.admit(tx, tenant.tenant_id, at(tenant, *some), links)
                    break
                except StaleRoots:
                    stale += 1
        return stale

    await asyncio.gather(*(work(seed) for seed in range(16)))
    async with database.tenant(tenant.tenant_id) as tx:
        stored = await tx.fetch("SELECT id, version FROM contact_ref")
    assert {row["id"]: row["version"] for row in stored} == versions


async def test_first_meetings_of_the_same_nodes_do_not_collide(
    database: Database, tenant: TestTenant
) -> None:
    ids = nodes(30)

    async def meet(seed: int) -> None:
        shuffled = random.Random(seed).sample(ids, 20)
        async with database.tenant(tenant.tenant_id) as tx:
            await REFS.admit(tx, tenant.tenant_id, at(tenant, *shuffled))

    await asyncio.gather(*(meet(seed) for seed in range(16)))
    assert await roots(database, tenant, *ids) == ids
