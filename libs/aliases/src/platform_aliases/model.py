"""A forest of nodes that turned out to be one, as plain values.

A node either stands alone, then it is its own root, or it has one edge to another node that
stands for it. Edges are followed until a node without one. A node's edge has a version that only
rises, so that copies which hear of the same changes in any order end up with the same forest.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from platform_core.errors import Invalid

MAX_DEPTH = 64
"""Edges from a node to its root. Joins are made by people and by proof, one at a time: a longer
chain is a fault, not data."""


class Link(msgspec.Struct, frozen=True):
    """What is known of the edge of one node.

    `root` is the node at the other end; None, or the node itself, says that the node stands
    alone since `version`. Version 0 is that of a node that was never linked.
    """

    node: UUID
    root: UUID | None
    version: int

    @property
    def parent(self) -> UUID | None:
        """The other end, None when the node stands alone."""
        return None if self.root == self.node else self.root


class AliasCycle(Exception):
    """Edges lead back to where they began, or further than `MAX_DEPTH`.

    It can be met when one edge of a change arrived and another is still on its way: worth another
    try later, never worth storing.
    """

    def __init__(self, node: UUID) -> None:
        super().__init__(f"the edges from {node} lead to no root")
        self.node = node


class LinksApart(Invalid):
    """Links were told with nodes that they are not connected with: nobody says whose they are."""

    code = "links_apart"


def path(parents: Mapping[UUID, UUID | None], node: UUID) -> list[UUID]:
    """The nodes from `node` to its root, both included.

    A node that `parents` does not have stands alone.

    Raises:
        AliasCycle: there is no root.
    """
    steps = [node]
    parent = parents.get(node)
    while parent is not None:
        steps.append(parent)
        if len(steps) > MAX_DEPTH:
            raise AliasCycle(node)
        parent = parents.get(parent)
    return steps


def root(parents: Mapping[UUID, UUID | None], node: UUID) -> UUID:
    """The last node of `path`.

    Raises:
        AliasCycle: there is no root.
    """
    return path(parents, node)[-1]


def newest(links: Iterable[Link]) -> dict[UUID, Link]:
    """For each node the link with the highest version; the first one of equals."""
    best: dict[UUID, Link] = {}
    for link in links:
        known = best.get(link.node)
        if known is None or link.version > known.version:
            best[link.node] = link
    return best
