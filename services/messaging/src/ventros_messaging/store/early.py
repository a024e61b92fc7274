"""What was told of messages that are not here yet: kept as it came, until they come.

A message and a fact of it may be handled at the same time, and neither transaction sees the other
before it is committed. They meet at the gate of the channel: who stores messages holds it shared,
who keeps facts changes it, so that the second one waits for the first. A locking read sees the
newest row whatever its snapshot is; by the number in it who stores messages knows whether its
snapshot is too old to show the facts that were kept (decision 0017).
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_postgres import Tx


class Ref(msgspec.Struct, frozen=True, order=True):
    """A message as its channel names it."""

    channel_id: UUID
    stanza: str


class Early(msgspec.Struct, frozen=True):
    """A fact that came before its message: its event's id and whole envelope."""

    ref: Ref
    event_id: UUID
    envelope: bytes


_CLOSE: Final = """
INSERT INTO message_gate (tenant_id, channel_id, kept)
SELECT $1, gate.channel_id, 1
FROM unnest($2::uuid[]) AS gate (channel_id)
ORDER BY gate.channel_id
ON CONFLICT (tenant_id, channel_id) DO UPDATE SET kept = message_gate.kept + 1
"""

_BUILD: Final = """
INSERT INTO message_gate (tenant_id, channel_id, kept)
SELECT $1, gate.channel_id, 0
FROM unnest($2::uuid[]) AS gate (channel_id)
ORDER BY gate.channel_id
ON CONFLICT DO NOTHING
"""

_HOLD: Final = """
SELECT FROM message_gate
WHERE tenant_id = $1 AND channel_id = ANY($2::uuid[])
ORDER BY channel_id
FOR SHARE
"""

_KEEP: Final = """
INSERT INTO early_fact (tenant_id, event_id, channel_id, stanza, envelope)
SELECT $1, given.*
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bytea[]) AS given
ON CONFLICT DO NOTHING
"""

_TAKE: Final = """
WITH taken AS (
    DELETE FROM early_fact AS early
    USING unnest($2::uuid[], $3::text[]) AS ref (channel_id, stanza)
    WHERE early.tenant_id = $1
        AND early.channel_id = ref.channel_id
        AND early.stanza = ref.stanza
    RETURNING early.event_id, early.kept_at, early.envelope
)
SELECT envelope FROM taken ORDER BY kept_at, event_id
"""

_FORGET: Final = """
DELETE FROM early_fact AS kept USING (
    SELECT tenant_id, event_id FROM early_fact
    WHERE kept_at < now() - $1::interval LIMIT $2
) AS old
WHERE (kept.tenant_id, kept.event_id) = (old.tenant_id, old.event_id)
"""


async def close(tx: Tx, tenant_id: UUID, channels: Iterable[UUID]) -> None:
    """Wait for whoever stores messages of these channels, and let nobody else do so until we end:
    what is not found after this is not there."""
    await tx.execute(_CLOSE, tenant_id, sorted(set(channels)))


async def hold(tx: Tx, tenant_id: UUID, channels: Iterable[UUID]) -> None:
    """Hold the gates of these channels shared, and make those that are missing."""
    asked = sorted(set(channels))
    await tx.execute(_BUILD, tenant_id, asked)
    await tx.execute(_HOLD, tenant_id, asked)


async def keep(tx: Tx, tenant_id: UUID, facts: Sequence[Early]) -> None:
    """Keep what is told until its message comes."""
    await tx.execute(
        _KEEP,
        tenant_id,
        [fact.event_id for fact in facts],
        [fact.ref.channel_id for fact in facts],
        [fact.ref.stanza for fact in facts],
        [fact.envelope for fact in facts],
    )


async def take(tx: Tx, tenant_id: UUID, refs: Sequence[Ref]) -> list[bytes]:
    """Take out what was kept for these messages: envelopes, in the order in which they came.

    The gates of their channels are held.
    """
    found = await tx.fetch(
        _TAKE, tenant_id, [ref.channel_id for ref in refs], [ref.stanza for ref in refs]
    )
    return [row["envelope"] for row in found]


async def forget(tx: Tx, older_than: timedelta, limit: int) -> int:
    """Remove at most `limit` that waited longer than this, of all tenants (role system); how
    many."""
    status = await tx.execute(_FORGET, older_than, limit)
    return int(status.rpartition(" ")[2])
