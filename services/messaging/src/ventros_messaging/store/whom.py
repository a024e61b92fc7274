"""Whom a message is for, and where: everything that asking for one reads, in one statement.

A statement costs a request more than its rows do. What is rare (a template, an answer, mentions, a
file) is read apart.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.domain.outgoing import ChannelRef
from ventros_messaging.store.recipients import CHANNEL_COLUMNS, channel_of

# The contact is who is named, or whom the session is with; `nodes` are all that were joined with
# them. The channel is the one that is named, else that of the session, else where one of the nodes
# was last. PostgreSQL runs what stands in a CASE only where it is needed.
#
# Messages are asked for in the order of an index, one node after the other: where any would do,
# PostgreSQL may read a whole table of messages to learn that there is none.
#
# A channel may have a window: notices of the provider about somebody are nothing that they wrote;
# what they wrote that nobody can read is.
FIND: Final = f"""
WITH RECURSIVE meeting AS MATERIALIZED (
    SELECT contact_id, channel_id FROM message
    WHERE tenant_id = $1 AND project_id = $2 AND session_id = $4
    ORDER BY occurred_at DESC LIMIT 1
), chosen AS MATERIALIZED (
    SELECT coalesce($3, (SELECT contact_id FROM meeting)) AS id
), chain (id) AS (
    SELECT id FROM chosen
  UNION
    SELECT edge.root_id FROM chain
    JOIN contact_ref AS edge ON edge.tenant_id = $1 AND edge.id = chain.id
    WHERE edge.root_id IS NOT NULL
), person AS MATERIALIZED (
    SELECT chain.id FROM chain WHERE NOT EXISTS (
        SELECT FROM contact_ref AS edge
        WHERE edge.tenant_id = $1 AND edge.id = chain.id AND edge.root_id IS NOT NULL
    )
), tree (id) AS (
    SELECT id FROM person
  UNION
    SELECT edge.id FROM tree
    JOIN contact_ref AS edge ON edge.tenant_id = $1 AND edge.root_id = tree.id
), nodes AS MATERIALIZED (
    SELECT array_agg(id ORDER BY id) AS ids FROM tree
), known AS MATERIALIZED (
    SELECT id, phone, deleted FROM recipient
    WHERE tenant_id = $1 AND id = ANY ((SELECT ids FROM nodes)::uuid[]) AND project_id = $2
), place AS MATERIALIZED (
    SELECT CASE
        WHEN $5::uuid IS NOT NULL THEN $5
        WHEN $4 IS NOT NULL THEN (SELECT channel_id FROM meeting)
        ELSE (
            SELECT newest.channel_id
            FROM tree CROSS JOIN LATERAL (
                SELECT channel_id, occurred_at FROM message
                WHERE tenant_id = $1 AND project_id = $2 AND contact_id = tree.id
                ORDER BY occurred_at DESC LIMIT 1
            ) AS newest
            ORDER BY newest.occurred_at DESC LIMIT 1
        )
    END AS channel_id
)
SELECT chosen.id AS contact_id, (SELECT id FROM person) AS person, nodes.ids AS nodes,
    place.channel_id AS place,
    EXISTS (SELECT FROM known WHERE known.id = chosen.id AND known.deleted) AS deleted,
    CASE WHEN EXISTS (SELECT FROM known) THEN true ELSE EXISTS (
        SELECT FROM tree CROSS JOIN LATERAL (
            SELECT FROM message
            WHERE tenant_id = $1 AND project_id = $2 AND contact_id = tree.id
            ORDER BY occurred_at DESC LIMIT 1
        ) AS newest
    ) END AS is_known,
    ARRAY(
        SELECT phone FROM known WHERE phone IS NOT NULL AND NOT deleted ORDER BY known.id
    ) AS phones,
    ARRAY(
        SELECT address FROM chat
        WHERE tenant_id = $1 AND contact_id = ANY (nodes.ids) AND channel_id = place.channel_id
            AND chat_type = 'individual'
        ORDER BY created_at DESC, id
    ) AS chats,
    CASE WHEN ref.window_hours IS NULL THEN false ELSE NOT EXISTS (
        SELECT FROM tree CROSS JOIN LATERAL (
            SELECT FROM message
            WHERE tenant_id = $1 AND project_id = $2 AND contact_id = tree.id
                AND channel_id = ref.id AND NOT from_me
                AND occurred_at > now() - make_interval(hours => ref.window_hours)
                AND NOT (
                    content_type = 'system'
                    AND split_part(content ->> 'system', '.', 1) = 'system'
                )
            ORDER BY occurred_at DESC LIMIT 1
        ) AS newest
    ) END AS is_closed,
    {", ".join(f"ref.{name}" for name in CHANNEL_COLUMNS)}
FROM chosen
CROSS JOIN nodes
CROSS JOIN place
LEFT JOIN channel_ref AS ref
    ON ref.tenant_id = $1 AND ref.project_id = $2 AND ref.id = place.channel_id
"""  # noqa: S608 - constants of this package
"""With the tenant, the project, the contact, the session and the channel that are named."""


class Whom(msgspec.Struct, frozen=True, kw_only=True):
    """A contact and a channel, as far as they are known.

    `person` stands for all the `nodes` that were joined. `place` is the channel's id, `channel`
    what is known of it, `is_closed` that nobody of them wrote in its window. `chats` are those with
    them there, the one that was met last first. `is_known` is somebody who was told of, or wrote.
    """

    contact_id: UUID | None
    person: UUID | None
    nodes: Sequence[UUID]
    is_known: bool
    deleted: bool
    phones: Sequence[str]
    chats: Sequence[str]
    place: UUID | None
    channel: ChannelRef | None
    is_closed: bool


async def find(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    *,
    contact_id: UUID | None,
    session_id: UUID | None,
    channel_id: UUID | None,
) -> Whom:
    """Who is named by the contact, or by the session."""
    row = await tx.fetchrow(FIND, tenant_id, project_id, contact_id, session_id, channel_id)
    if row is None:
        raise ValueError("the statement has one row")
    return Whom(
        contact_id=row["contact_id"],
        person=row["person"],
        nodes=row["nodes"] or (),
        is_known=row["is_known"],
        deleted=row["deleted"],
        phones=row["phones"],
        chats=row["chats"],
        place=row["place"],
        channel=None if row["id"] is None else channel_of(row),
        is_closed=row["is_closed"],
    )
