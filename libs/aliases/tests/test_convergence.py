"""A copy of a forest in PostgreSQL that hears of changes late, doubled and in any order.

The original joins and parts roots as people and proofs do; its news are delivered to the copy by
chance. After each delivery the copy is what the news that it took say; when all is delivered, it
is the original.
"""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from platform_aliases import AliasCycle, Forest, Link
from platform_aliases.model import root
from platform_core.ids import new_id
from platform_postgres import PostgresSettings

REFS = Forest("contact_ref")
NODES = st.integers(0, 5)


class Copy(RuleBasedStateMachine):
    """The original (`edges`), the news on their way (`pending`), and the copy in the database."""

    loop: asyncio.AbstractEventLoop
    connection: "asyncpg.Connection[Any]"

    def __init__(self) -> None:
        super().__init__()
        self.tenant, self.project = new_id(), new_id()
        self.nodes = [new_id() for _ in range(6)]
        self.edges: dict[UUID, Link] = {node: Link(node, None, 0) for node in self.nodes}
        self.pending: list[Link] = []
        self.delivered: list[Link] = []
        self.expected: dict[UUID, Link] = dict(self.edges)

    def parents(self) -> dict[UUID, UUID | None]:
        return {node: link.parent for node, link in self.edges.items()}

    def change(self, node: UUID, parent: UUID | None) -> None:
        link = Link(node, parent, self.edges[node].version + 1)
        self.edges[node] = link
        self.pending.append(link)

    @rule(one=NODES, other=NODES)
    def join(self, one: int, other: int) -> None:
        """Join the trees of two nodes."""
        first = root(self.parents(), self.nodes[one])
        second = root(self.parents(), self.nodes[other])
        if first != second:
            self.change(first, second)

    @rule(one=NODES)
    def part(self, one: int) -> None:
        """Undo the edge of a node."""
        node = self.nodes[one]
        if self.edges[node].parent is not None:
            self.change(node, None)

    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Deliver some of what is on its way, or what was delivered before."""
        news = self.pending + self.delivered
        if not news:
            return
        some = data.draw(st.lists(st.sampled_from(news), min_size=1, max_size=3))
        taken = self.take(some)
        if taken:
            self.pending = [link for link in self.pending if link not in some]
            self.delivered += some

    def take(self, links: list[Link]) -> bool:
        """Deliver links together; False when the copy refuses for now."""
        try:
            self.loop.run_until_complete(self._take(links))
        except AliasCycle:
            return False
        for link in links:
            if link.version > self.expected[link.node].version:
                self.expected[link.node] = link
        return True

    async def _take(self, links: list[Link]) -> None:
        ends = {end for link in links for end in (link.node, link.parent or link.node)}
        async with self.connection.transaction():
            await self._as_tenant()
            await REFS.learn(
                self.connection,  # type: ignore[arg-type]
                self.tenant,
                [(node, self.project) for node in ends],
                links,
            )

    async def _as_tenant(self) -> None:
        await self.connection.execute(f"SET LOCAL app.tenant_id = '{self.tenant}'")

    async def _look(self) -> tuple[dict[UUID, UUID], dict[UUID, list[UUID]]]:
        async with self.connection.transaction():
            await self._as_tenant()
            connection: Any = self.connection
            return await REFS.roots(connection, self.nodes), await REFS.trees(
                connection, self.nodes
            )

    @invariant()
    def the_copy_is_what_it_was_told(self) -> None:
        """Roots are those of the newest links taken, trees their inverse."""
        roots, trees = self.loop.run_until_complete(self._look())
        parents = {node: link.parent for node, link in self.expected.items()}
        assert roots == {node: root(parents, node) for node in self.nodes}
        for top in set(roots.values()):
            assert trees[top] == sorted(node for node in self.nodes if roots[node] == top)

    def teardown(self) -> None:
        """Deliver the rest, trying again what was refused: the copy becomes the original."""
        waiting = self.pending
        while waiting:
            refused = [link for link in waiting if not self.take([link])]
            assert len(refused) < len(waiting), "nothing can be delivered any more"
            waiting = refused
        roots, _ = self.loop.run_until_complete(self._look())
        assert roots == {node: root(self.parents(), node) for node in self.nodes}


@pytest.fixture
def machine(settings: PostgresSettings) -> Iterator[type[Copy]]:
    """The machine, connected as the application's role."""
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(asyncpg.connect(settings.database_app_url))
    yield type("ConnectedCopy", (Copy,), {"loop": loop, "connection": connection})
    loop.run_until_complete(connection.close())
    loop.close()


def test_news_in_any_order_make_the_same_forest(machine: type[Copy]) -> None:
    run_state_machine_as_test(
        machine,
        settings=profile(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
