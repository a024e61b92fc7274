"""A forest of nodes that turned out to be one: copy, lock, resolve, expand."""

from platform_aliases.forest import Forest, StaleRoots
from platform_aliases.model import AliasCycle, Link, LinksApart

__all__ = ["AliasCycle", "Forest", "Link", "LinksApart", "StaleRoots"]
