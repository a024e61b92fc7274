"""The SQL of a forest, with the names of one table filled in."""

# ruff: noqa: S608 - what is put together here are constants; names are checked identifiers

from string import Template

import msgspec

_CHAIN = """
WITH RECURSIVE chain (id) AS (
    SELECT unnest($$1::uuid[])
  UNION
    SELECT edge.$parent
    FROM chain
    JOIN $table AS edge ON edge.$node = chain.id
    WHERE edge.$parent IS NOT NULL
)
"""
# UNION drops what was seen before, so that a circle ends too.

_READ = (
    _CHAIN
    + """
SELECT ref.$node AS node, ref.$parent AS parent, ref.$version AS version
FROM $table AS ref
WHERE ref.$node = ANY (ARRAY (SELECT chain.id FROM chain))
"""
)

_LOCK = (
    _READ
    + """
ORDER BY ref.$node
FOR NO KEY UPDATE OF ref
"""
)

# The conditions on the parameters alone are evaluated once, before any row is locked: where
# something is new, nothing is locked yet, and the insert that follows takes its locks first.
_LOCK_IF_KNOWN = (
    _READ
    + """
  AND (SELECT count(*) FROM $table AS known WHERE known.$node = ANY ($$1::uuid[]))
      = cardinality($$1::uuid[])
  AND NOT EXISTS (
      SELECT FROM unnest($$2::uuid[], $$3::integer[]) AS told (node, version)
      JOIN $table AS known ON known.$node = told.node
      WHERE known.$version < told.version
  )
ORDER BY ref.$node
FOR NO KEY UPDATE OF ref
"""
)

_INSERT_MISSING = """
INSERT INTO $table ($tenant, $node, $project, $version)
SELECT $$1, told.node, told.project, 0
FROM unnest($$2::uuid[], $$3::uuid[]) AS told (node, project)
ORDER BY told.node
ON CONFLICT ($tenant, $node) DO NOTHING
"""

_APPLY = """
UPDATE $table AS ref
SET $parent = told.parent, $version = told.version
FROM unnest($$1::uuid[], $$2::uuid[], $$3::integer[]) AS told (node, parent, version)
WHERE ref.$node = told.node AND ref.$version < told.version
"""

_EXPAND = """
WITH RECURSIVE tree (id) AS (
    SELECT $$1::uuid
  UNION
    SELECT edge.$node
    FROM tree
    JOIN $table AS edge ON edge.$parent = tree.id
)
SELECT tree.id AS node FROM tree
"""

_TREES = """
WITH RECURSIVE tree (root, id) AS (
    SELECT asked.id, asked.id FROM unnest($$1::uuid[]) AS asked (id)
  UNION
    SELECT tree.root, edge.$node
    FROM tree
    JOIN $table AS edge ON edge.$parent = tree.id
)
SELECT tree.root, tree.id AS node FROM tree
"""


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """Each statement, ready to send."""

    read: str
    lock: str
    lock_if_known: str
    insert_missing: str
    apply: str
    expand: str
    trees: str

    @classmethod
    def of(cls, **names: str) -> "Statements":
        """Fill in identifiers, which the caller has checked."""

        def fill(text: str) -> str:
            return Template(text).substitute(names).strip()

        return cls(
            read=fill(_READ),
            lock=fill(_LOCK),
            lock_if_known=fill(_LOCK_IF_KNOWN),
            insert_missing=fill(_INSERT_MISSING),
            apply=fill(_APPLY),
            expand=fill(_EXPAND),
            trees=fill(_TREES),
        )
