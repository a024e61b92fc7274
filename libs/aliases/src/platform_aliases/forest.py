"""The forest in a table: learn, lock, resolve, expand. Every function runs in a tenant's
transaction and never commits.

The table is the caller's own, made by its migration, with these columns (names can be given):

    tenant_id uuid, id uuid, project_id uuid, root_id uuid NULL, version integer
    PRIMARY KEY (tenant_id, id)
    INDEX (tenant_id, root_id) WHERE root_id IS NOT NULL

Row-level security confines every statement to the transaction's tenant.

Locks are taken on rows of nodes, in the order of their ids, all by one statement: callers that
lock once per transaction and tenant, tenants in order, cannot deadlock with each other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from platform_aliases.model import Link, LinksApart, newest, path, root
from platform_aliases.statements import Statements
from platform_postgres import Tx

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class StaleRoots(asyncpg.SerializationError):
    """The forest moved while this transaction waited for its locks: begin the transaction again.

    It is a serialization failure in PostgreSQL's sense, so that whatever retries those retries
    this one too.
    """


class Forest:
    """The forest in one table of the service's schema. Stateless; make one per process."""

    def __init__(
        self,
        table: str,
        *,
        node: str = "id",
        parent: str = "root_id",
        version: str = "version",
        project: str = "project_id",
        tenant: str = "tenant_id",
    ) -> None:
        """Name the table and its columns.

        Raises:
            ValueError: a name is not a plain lower-case SQL identifier.
        """
        for name in (table, node, parent, version, project, tenant):
            if not _IDENTIFIER.fullmatch(name):
                raise ValueError(f"not a plain identifier: {name!r}")
        self._sql = Statements.of(
            table=table, node=node, parent=parent, version=version, project=project, tenant=tenant
        )

    async def admit(
        self,
        tx: Tx,
        tenant_id: UUID,
        nodes: Iterable[tuple[UUID, UUID]],
        links: Iterable[Link] = (),
    ) -> dict[UUID, UUID]:
        """Learn of nodes and links, lock the nodes with their ancestors, say their roots.

        This is `learn` and `lock` in one statement when nothing is new, which is nearly always.

        Args:
            tx: a transaction of `tenant_id`.
            tenant_id: the tenant.
            nodes: pairs of (node, project).
            links: edges that were told with the nodes. A node that only a link names is taken
                for one of the project of the node that it is linked with.

        Returns:
            The root of every node given and of every end of a link.

        Raises:
            StaleRoots: the forest moved meanwhile.
            AliasCycle: a link would close a circle.
            LinksApart: links name nodes whose project cannot be told.
        """
        best = newest(links)
        projects = _projects(nodes, best.values())
        if not projects:
            return {}
        asked = sorted(projects)
        told = [best[node] for node in sorted(best)]
        rows = await tx.fetch(
            self._sql.lock_if_known,
            asked,
            [link.node for link in told],
            [link.version for link in told],
        )
        if rows:
            return _roots(rows, asked)
        await tx.execute(
            self._sql.insert_missing, tenant_id, asked, [projects[node] for node in asked]
        )
        rows = await tx.fetch(self._sql.lock, asked)
        # Also checks that all ancestors are among the locked rows.
        before = _roots(rows, asked)
        versions = {row["node"]: row["version"] for row in rows}
        newer = [link for link in told if link.version > versions[link.node]]
        if not newer:
            return before
        parents = _parents(rows) | {link.node: link.parent for link in newer}
        roots = {node: root(parents, node) for node in asked}
        await tx.execute(
            self._sql.apply,
            [link.node for link in newer],
            [link.parent for link in newer],
            [link.version for link in newer],
        )
        return roots

    async def learn(
        self,
        tx: Tx,
        tenant_id: UUID,
        nodes: Iterable[tuple[UUID, UUID]],
        links: Iterable[Link] = (),
    ) -> None:
        """Store nodes that are new and links whose version is higher than the stored one.

        The rows that are named stay locked until the transaction ends. Arguments and errors as
        those of `admit`.
        """
        await self.admit(tx, tenant_id, nodes, links)

    async def lock(self, tx: Tx, nodes: Iterable[UUID]) -> dict[UUID, UUID]:
        """Lock the rows of the nodes and of all their ancestors; the root of each node.

        Rows are locked `FOR NO KEY UPDATE`, in the order of their ids. A node without a row is
        its own root and is not locked.

        Raises:
            StaleRoots: the forest moved while this waited, so that an ancestor is not locked.
            AliasCycle: edges lead to no root.
        """
        asked = sorted(set(nodes))
        if not asked:
            return {}
        return _roots(await tx.fetch(self._sql.lock, asked), asked)

    async def roots(self, tx: Tx, nodes: Iterable[UUID]) -> dict[UUID, UUID]:
        """The root of each node, without a lock: for reading.

        Raises:
            AliasCycle: edges lead to no root.
        """
        asked = sorted(set(nodes))
        if not asked:
            return {}
        parents = _parents(await tx.fetch(self._sql.read, asked))
        return {node: root(parents, node) for node in asked}

    async def paths(self, tx: Tx, nodes: Iterable[UUID]) -> dict[UUID, list[Link]]:
        """For each node the edges from it to its root, in order.

        A root that was linked once closes its path with a link to None, so that one who hears
        this path, and nothing else, has all of it. Nodes that never had an edge have no links.

        Raises:
            AliasCycle: edges lead to no root.
        """
        asked = sorted(set(nodes))
        if not asked:
            return {}
        rows = await tx.fetch(self._sql.read, asked)
        parents = _parents(rows)
        links = {row["node"]: Link(row["node"], row["parent"], row["version"]) for row in rows}
        return {
            node: [
                links[step] for step in path(parents, node) if step in links and links[step].version
            ]
            for node in asked
        }

    async def expand(self, tx: Tx, node: UUID) -> list[UUID]:
        """The nodes that `node` stands for, itself included, sorted. Of a root: the whole tree."""
        rows = await tx.fetch(self._sql.expand, node)
        return sorted(row["node"] for row in rows)

    async def trees(self, tx: Tx, roots: Iterable[UUID]) -> dict[UUID, list[UUID]]:
        """`expand` for many nodes in one statement."""
        asked = sorted(set(roots))
        found: dict[UUID, list[UUID]] = {node: [] for node in asked}
        if asked:
            for row in await tx.fetch(self._sql.trees, asked):
                found[row["root"]].append(row["node"])
        return {node: sorted(members) for node, members in found.items()}


Row = Any
"""An asyncpg record with `node`, `parent` and `version`."""


def _parents(rows: Sequence[Row]) -> dict[UUID, UUID | None]:
    return {row["node"]: row["parent"] for row in rows}


def _roots(rows: Sequence[Row], asked: Sequence[UUID]) -> dict[UUID, UUID]:
    """Roots by rows that are locked, provided that the rows hold all ancestors."""
    parents = _parents(rows)
    for parent in parents.values():
        if parent is not None and parent not in parents:
            raise StaleRoots(f"an edge to {parent} was made while waiting for locks")
    return {node: root(parents, node) for node in asked}


def _projects(nodes: Iterable[tuple[UUID, UUID]], links: Iterable[Link]) -> Mapping[UUID, UUID]:
    """The project of every node that is named, also of those that only a link names."""
    projects = dict(nodes)
    ends = [(link.node, link.parent or link.node) for link in links]
    while ends:
        untold: list[tuple[UUID, UUID]] = []
        for node, parent in ends:
            known = projects.get(node) or projects.get(parent)
            if known is None:
                untold.append((node, parent))
                continue
            projects.setdefault(node, known)
            projects.setdefault(parent, known)
        if len(untold) == len(ends):
            raise LinksApart(f"The project of {untold[0][0]} is not told.")
        ends = untold
    return projects
