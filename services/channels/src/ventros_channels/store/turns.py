"""A channel's turn: whether it is still its holder's, what it does next, and how it ends."""

from datetime import datetime
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_channels.domain.delivery import Delivery
from ventros_channels.store import deliveries, senders
from ventros_channels.store.senders import Line, Turn

# Whoever joins tellings with deliveries waits for the lock. It is a lock of its own and not the
# row's: who asks for messages writes into many rows, and would wait for every turn, and every turn
# for it. The statement is one of its own: what the next one sees is what was there when the lock
# was had. Whoever lost its turn meanwhile claims nothing and leaves nothing.
_HOLD = f"""
SELECT coalesce(holder = $2 AND held_until >= now(), false) AS mine,
    nextval('raw_event_seq') AS place
FROM sender, (SELECT pg_advisory_xact_lock({senders.lock_of("$1::uuid")})) AS locked
WHERE channel_id = $1
"""  # noqa: S608 - constants of this package

# What is due first of the first open ones of every contact, and how the channel is reached.
_NEXT = f"""
SELECT line.*, head.*,
    EXISTS (SELECT FROM held_telling WHERE channel_id = $1) AS holds_back
FROM ({senders.LINE}) AS line
LEFT JOIN (
    SELECT * FROM (
        SELECT DISTINCT ON (contact_id) {deliveries.columns_as("d_")}, seq AS d_seq
        FROM delivery
        WHERE channel_id = $1 AND state IN ('queued', 'claimed', 'unknown')
        ORDER BY contact_id, seq
    ) AS first
    ORDER BY d_next_at, d_seq LIMIT 1
) AS head ON true
"""  # noqa: S608 - constants of this package

_CLAIM = """
UPDATE delivery
SET state = 'claimed', claimed_at = now(), attempts = attempts + 1, chat = $4, reserved = $5
FROM sender
WHERE sender.channel_id = $1 AND sender.holder = $2 AND sender.held_until >= now()
    AND delivery.channel_id = sender.channel_id AND delivery.id = $3 AND delivery.state = 'queued'
RETURNING 1
"""

# Who asks for messages meanwhile holds this, or waits for it: so the next statement sees them.
_BEFORE_LEAVING = "SELECT FROM sender WHERE channel_id = $1 FOR NO KEY UPDATE"

_LEAVE = """
UPDATE sender SET holder = NULL, held_until = NULL, rests_until = $3, due_at = (
    SELECT CASE WHEN count(due.at) > 0 THEN greatest(min(due.at), $3) END FROM (
        SELECT min(head.next_at) AS at FROM (
            SELECT DISTINCT ON (contact_id) next_at FROM delivery
            WHERE channel_id = $1 AND state IN ('queued', 'claimed', 'unknown')
            ORDER BY contact_id, seq
        ) AS head
        UNION ALL
        SELECT min(until) FROM held_telling WHERE channel_id = $1
    ) AS due
)
WHERE channel_id = $1 AND holder = $2
RETURNING due_at
"""


class Held(msgspec.Struct, frozen=True):
    """The lock is had. `mine`: the turn is still the holder's; `place` is the next number in the
    order of arrival."""

    mine: bool
    place: int


class NextUp(msgspec.Struct, frozen=True):
    """What the channel does next, how it is reached, and whether it holds tellings back."""

    delivery: Delivery | None
    line: Line
    holds_back: bool


async def hold(tx: Tx, turn: Turn, holder: UUID) -> Held:
    """Lock the channel's way out until the transaction ends."""
    row = await tx.fetchrow(_HOLD, turn.channel_id, holder)
    return Held(False, 0) if row is None else Held(row["mine"], row["place"])


async def next_up(tx: Tx, channel_id: UUID) -> NextUp | None:
    """None without such a channel. The turn is held."""
    row = await tx.fetchrow(_NEXT, channel_id)
    if row is None:
        return None
    delivery = None if row["d_id"] is None else deliveries.delivery_of(row, "d_")
    return NextUp(delivery, senders.line_of(row), row["holds_back"])


async def claim(
    tx: Tx, turn: Turn, holder: UUID, delivery_id: UUID, *, chat: str, reserved: str | None
) -> bool:
    """Say that the provider is about to be called. False when it is not queued any more, or the
    turn is another's."""
    claimed = await tx.fetchval(_CLAIM, turn.channel_id, holder, delivery_id, chat, reserved)
    return claimed is not None


async def leave(tx: Tx, turn: Turn, holder: UUID, rests_until: datetime | None) -> datetime | None:
    """End the turn; the next begins when something is due, and not before the channel rested.
    Returns when that is."""
    await tx.execute(_BEFORE_LEAVING, turn.channel_id)
    due: datetime | None = await tx.fetchval(_LEAVE, turn.channel_id, holder, rests_until)
    return due
