"""The copies that sending needs: contacts with their phones, channels with what they can.

A copy applies only a higher version, so that events may come twice and in any order.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_postgres import Tx
from ventros_messaging.domain.content_limits import ContentLimits
from ventros_messaging.domain.outgoing import ChannelRef

_LEARN_CHANNELS = """
INSERT INTO channel_ref AS known (tenant_id, id, project_id, version, active, sends, text_limit,
    debounce_ms, ai_processed, acts, groups, extras)
SELECT DISTINCT ON (given.id) $1, given.id, given.project_id, given.version, given.active,
    CASE WHEN given.sends IS NULL THEN NULL ELSE string_to_array(given.sends, ' ') END,
    given.text_limit, given.debounce_ms, string_to_array(given.ai_processed, ' '),
    string_to_array(given.acts, ' '), given.groups, string_to_array(given.extras, ' ')
FROM unnest(
    $2::uuid[], $3::uuid[], $4::integer[], $5::boolean[], $6::text[], $7::integer[], $8::integer[],
    $9::text[], $10::text[], $11::boolean[], $12::text[]
) AS given (
    id, project_id, version, active, sends, text_limit, debounce_ms, ai_processed, acts, groups,
    extras
)
ORDER BY given.id, given.version DESC
ON CONFLICT (tenant_id, id) DO UPDATE
SET version = excluded.version, active = excluded.active, sends = excluded.sends,
    text_limit = excluded.text_limit, debounce_ms = excluded.debounce_ms,
    ai_processed = excluded.ai_processed, acts = excluded.acts, groups = excluded.groups,
    extras = excluded.extras
WHERE known.version < excluded.version
"""

# Who was deleted or restored keeps its phone: those events do not tell it.
_LEARN_CONTACTS = """
INSERT INTO recipient AS known (tenant_id, id, project_id, version, phone, deleted)
SELECT DISTINCT ON (given.id) $1, given.id, given.project_id, given.version, given.phone,
    given.deleted
FROM unnest(
    $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::boolean[], $7::boolean[]
) AS given (id, project_id, version, phone, deleted, phone_told)
WHERE given.phone_told = $8
ORDER BY given.id, given.version DESC
ON CONFLICT (tenant_id, id) DO UPDATE
SET version = excluded.version, deleted = excluded.deleted,
    phone = CASE WHEN $8 THEN excluded.phone ELSE known.phone END
WHERE known.version < excluded.version
"""

_CHATS = """
SELECT contact_id, address FROM chat
WHERE tenant_id = $1 AND contact_id = ANY($2) AND channel_id = $3 AND chat_type = 'individual'
ORDER BY created_at DESC, id
"""

_RECIPIENTS = """
SELECT id, phone, deleted FROM recipient
WHERE tenant_id = $1 AND id = ANY($2) AND project_id = $3
ORDER BY id
"""

CHANNEL_COLUMNS: Final = (
    "id", "active", "sends", "text_limit", "acts", "groups", "extras", "content_limits"
)  # fmt: skip
"""What `channel_of` reads of `channel_ref`."""

_CHANNEL = f"""
SELECT {", ".join(CHANNEL_COLUMNS)} FROM channel_ref
WHERE tenant_id = $1 AND project_id = $2 AND id = $3
"""  # noqa: S608 - constants of this module

_ONLY_CHANNEL = """
SELECT id FROM channel_ref WHERE tenant_id = $1 AND project_id = $2 AND active LIMIT 2
"""

_LIMITS = msgspec.json.Decoder(ContentLimits)

_ORIGINAL = """
SELECT stanza, from_me FROM message
WHERE tenant_id = $1 AND project_id = $2 AND id = $3 AND channel_id = $4 AND contact_id = ANY($5)
"""


class ChannelTold(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as an event tells it.

    Without `debounce_ms` machines do nothing with its messages.
    """

    id: UUID
    project_id: UUID
    version: int
    active: bool
    sends: list[str] | None = None
    text_limit: int | None = None
    debounce_ms: int | None = None
    ai_processed: list[str] | None = None
    acts: list[str] | None = None
    groups: bool | None = None
    extras: list[str] | None = None


class ContactTold(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as an event tells it; not every one tells of the phone."""

    id: UUID
    project_id: UUID
    version: int
    deleted: bool
    phone: str | None = None
    phone_told: bool = True


class Recipient(msgspec.Struct, frozen=True):
    """A contact's node."""

    id: UUID
    phone: str | None
    deleted: bool


class Original(msgspec.Struct, frozen=True):
    """A message that can be answered."""

    stanza: str
    from_me: bool


async def learn_channels(tx: Tx, tenant_id: UUID, told: Sequence[ChannelTold]) -> None:
    """Keep what is newer."""
    await tx.execute(
        _LEARN_CHANNELS,
        tenant_id,
        [one.id for one in told],
        [one.project_id for one in told],
        [one.version for one in told],
        [one.active for one in told],
        [None if one.sends is None else " ".join(one.sends) for one in told],
        [one.text_limit for one in told],
        [one.debounce_ms for one in told],
        [None if one.ai_processed is None else " ".join(one.ai_processed) for one in told],
        [None if one.acts is None else " ".join(one.acts) for one in told],
        [one.groups for one in told],
        [None if one.extras is None else " ".join(one.extras) for one in told],
    )


async def learn_contacts(tx: Tx, tenant_id: UUID, told: Sequence[ContactTold]) -> None:
    """Keep what is newer."""
    for phone_told in (True, False):
        if any(one.phone_told is phone_told for one in told):
            await tx.execute(
                _LEARN_CONTACTS,
                tenant_id,
                [one.id for one in told],
                [one.project_id for one in told],
                [one.version for one in told],
                [one.phone for one in told],
                [one.deleted for one in told],
                [one.phone_told for one in told],
                phone_told,
            )


async def chats(
    tx: Tx, tenant_id: UUID, contact_ids: Sequence[UUID], channel_id: UUID
) -> dict[UUID, list[str]]:
    """The chats with each of these contacts on a channel, the one that was met last first."""
    found: dict[UUID, list[str]] = {}
    for row in await tx.fetch(_CHATS, tenant_id, contact_ids, channel_id):
        found.setdefault(row["contact_id"], []).append(row["address"])
    return found


async def recipients(
    tx: Tx, tenant_id: UUID, project_id: UUID, contact_ids: Sequence[UUID]
) -> list[Recipient]:
    """Those of the contacts that are known."""
    rows = await tx.fetch(_RECIPIENTS, tenant_id, contact_ids, project_id)
    return [Recipient(row["id"], row["phone"], row["deleted"]) for row in rows]


async def channel(tx: Tx, tenant_id: UUID, project_id: UUID, channel_id: UUID) -> ChannelRef | None:
    """A channel of the project."""
    row = await tx.fetchrow(_CHANNEL, tenant_id, project_id, channel_id)
    return None if row is None else channel_of(row)


async def only_channel(tx: Tx, tenant_id: UUID, project_id: UUID) -> UUID | None:
    """The project's active channel, if it has exactly one."""
    rows = await tx.fetch(_ONLY_CHANNEL, tenant_id, project_id)
    return rows[0]["id"] if len(rows) == 1 else None


async def original(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    message_id: UUID,
    meeting: tuple[UUID, Sequence[UUID]],
) -> Original | None:
    """A message of this channel with one of these contacts."""
    channel_id, contact_ids = meeting
    row = await tx.fetchrow(_ORIGINAL, tenant_id, project_id, message_id, channel_id, contact_ids)
    return None if row is None else Original(row["stanza"], row["from_me"])


def channel_of(row: Record) -> ChannelRef:
    """A row of `CHANNEL_COLUMNS`."""
    return ChannelRef(
        id=row["id"],
        active=row["active"],
        sends=row["sends"],
        text_limit=row["text_limit"],
        acts=row["acts"],
        groups=row["groups"],
        extras=row["extras"],
        limits=ContentLimits()
        if row["content_limits"] is None
        else _LIMITS.decode(row["content_limits"]),
    )
