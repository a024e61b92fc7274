"""Rows of `channel`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from platform_postgres import Tx
from ventros_channels.domain.ai import AiSettings
from ventros_channels.domain.channel import Channel, ChannelExists, CloudConfig, WahaConfig

_COLUMNS = """
    c.tenant_id, c.id, c.project_id, c.version, c.name, c.type, c.status, c.external_id,
    c.base_url, c.session, c.default_session_timeout_minutes, c.webhook_id, c.created_at,
    c.updated_at, c.pacing, c.allow_groups, c.keep_view_once, c.connection_status,
    c.connection_changed_at, c.ai_enabled, c.debounce_timeout_ms, c.ai_processed, c.waba_id,
    c.api_version, c.app_id,
    EXISTS (
        SELECT 1 FROM credential k
        WHERE k.tenant_id = c.tenant_id AND k.channel_id = c.id
            AND k.kind IN ('waha_api_key', 'cloud_access_token')
    ) AS has_api_key
"""

_INSERT = """
INSERT INTO channel (
    tenant_id, id, project_id, name, type, status, external_id, base_url, session,
    default_session_timeout_minutes, webhook_id, hmac_version, created_at, updated_at,
    allow_groups, pacing, ai_enabled, debounce_timeout_ms, ai_processed, waba_id, api_version,
    app_id, keep_view_once
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15, $16, $17,
    $18, $19, $20, $21, $22)
"""

_GET = f"""
SELECT {_COLUMNS} FROM channel c
WHERE c.project_id = $1 AND c.id = $2 AND c.deleted_at IS NULL
"""  # noqa: S608 - constant columns

_LOCK = "SELECT version FROM channel WHERE project_id = $1 AND id = $2 FOR UPDATE"

_LIST = f"""
SELECT {_COLUMNS} FROM channel c
WHERE c.project_id = $1 AND c.deleted_at IS NULL AND ($2::uuid IS NULL OR c.id < $2)
ORDER BY c.id DESC LIMIT $3
"""  # noqa: S608 - constant columns

_ALL = f"""
SELECT {_COLUMNS}, c.deleted_at FROM channel c
WHERE c.id > $1
ORDER BY c.id LIMIT $2
"""  # noqa: S608 - constant columns

_UPDATE = """
UPDATE channel SET version = $3, name = $4, status = $5, external_id = $6, base_url = $7,
    session = $8, default_session_timeout_minutes = $9, hmac_version = coalesce($10, hmac_version),
    updated_at = $11, allow_groups = $12, pacing = $13, ai_enabled = $14,
    debounce_timeout_ms = $15, ai_processed = $16, waba_id = $17, api_version = $18,
    app_id = $19, keep_view_once = $20
WHERE project_id = $1 AND id = $2
"""

_CONNECTION = """
WITH before AS (
    SELECT connection_status FROM channel
    WHERE id = $1 AND (connection_changed_at IS NULL OR connection_changed_at < $3)
    FOR UPDATE
)
UPDATE channel SET connection_status = $2, connection_changed_at = $3,
    away_since = CASE WHEN $2 <> 'WORKING' AND before.connection_status = 'WORKING'
        THEN coalesce(away_since, $3) ELSE away_since END,
    back_at = CASE WHEN $2 = 'WORKING' AND away_since IS NOT NULL THEN $3 END
FROM before WHERE id = $1
RETURNING before.connection_status IS DISTINCT FROM $2
"""

_WITH_GROUPS = "SELECT id FROM channel WHERE id = ANY($1) AND allow_groups"

_NUMBERS = "SELECT id, session, waba_id FROM channel WHERE id = ANY($1)"

_PLACE = """
SELECT tenant_id, project_id FROM channel
WHERE id = $1 AND status = 'active' AND deleted_at IS NULL
"""

_DELETE = """
UPDATE channel SET version = version + 1, status = 'inactive', deleted_at = $3, updated_at = $3
WHERE project_id = $1 AND id = $2
"""


class Number(msgspec.Struct, frozen=True):
    """Which of a provider's numbers a channel is, and the account that it belongs to."""

    session: str
    waba_id: str | None


class Place(msgspec.Struct, frozen=True):
    """Whose a channel is."""

    tenant_id: UUID
    project_id: UUID


async def place(tx: Tx, channel_id: UUID) -> Place | None:
    """Whose an active channel is; a system transaction's."""
    row = await tx.fetchrow(_PLACE, channel_id)
    return None if row is None else Place(row["tenant_id"], row["project_id"])


async def insert(tx: Tx, channel: Channel, *, hmac_version: int) -> None:
    """Raises `ChannelExists` when the project has one for the same account."""
    try:
        await tx.execute(
            _INSERT,
            channel.tenant_id,
            channel.id,
            channel.project_id,
            channel.name,
            channel.type,
            channel.status,
            channel.external_id,
            channel.config.base_url,
            channel.config.session,
            channel.default_session_timeout_minutes,
            channel.webhook_id,
            hmac_version,
            channel.created_at,
            channel.allow_groups,
            channel.pacing,
            *_ai(channel.ai),
            *_cloud(channel.cloud),
            channel.keep_view_once,
        )
    except asyncpg.UniqueViolationError as error:
        raise _exists() from error


async def get(tx: Tx, project_id: UUID, channel_id: UUID) -> Channel | None:
    """A channel that is not deleted."""
    row = await tx.fetchrow(_GET, project_id, channel_id)
    return None if row is None else _channel(row)


async def get_locked(tx: Tx, project_id: UUID, channel_id: UUID) -> Channel | None:
    """The same, held until the transaction ends."""
    await tx.execute(_LOCK, project_id, channel_id)
    return await get(tx, project_id, channel_id)


async def list_page(tx: Tx, project_id: UUID, before: UUID | None, limit: int) -> list[Channel]:
    """Newest first; `before` is the last id of the page before."""
    return [_channel(row) for row in await tx.fetch(_LIST, project_id, before, limit)]


async def all_after(tx: Tx, after: UUID, limit: int) -> list[tuple[Channel, datetime | None]]:
    """The tenant's channels in the order of their ids, each with when it was deleted, if it was."""
    return [(_channel(row), row["deleted_at"]) for row in await tx.fetch(_ALL, after, limit)]


async def update(tx: Tx, channel: Channel, *, hmac_version: int | None) -> None:
    """Write what can change. Raises `ChannelExists`."""
    try:
        await tx.execute(
            _UPDATE,
            channel.project_id,
            channel.id,
            channel.version,
            channel.name,
            channel.status,
            channel.external_id,
            channel.config.base_url,
            channel.config.session,
            channel.default_session_timeout_minutes,
            hmac_version,
            channel.updated_at,
            channel.allow_groups,
            channel.pacing,
            *_ai(channel.ai),
            *_cloud(channel.cloud),
            channel.keep_view_once,
        )
    except asyncpg.UniqueViolationError as error:
        raise _exists() from error


async def connection_changed(tx: Tx, channel_id: UUID, status: str, at: datetime) -> bool:
    """Note what the provider said at `at`; True if it is new. What is older changes nothing."""
    return await tx.fetchval(_CONNECTION, channel_id, status, at) is True


async def with_groups(tx: Tx, channel_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the channels that record groups."""
    return {row["id"] for row in await tx.fetch(_WITH_GROUPS, list(channel_ids))}


async def numbers(tx: Tx, channel_ids: Iterable[UUID]) -> dict[UUID, Number]:
    """Which number each of the channels is."""
    rows = await tx.fetch(_NUMBERS, sorted(channel_ids))
    return {row["id"]: Number(row["session"], row["waba_id"]) for row in rows}


async def delete(tx: Tx, project_id: UUID, channel_id: UUID, at: datetime) -> None:
    """Mark as deleted, one version up."""
    await tx.execute(_DELETE, project_id, channel_id, at)


def _exists() -> ChannelExists:
    return ChannelExists("The project has a channel of this type with this external_id.")


def _channel(row: asyncpg.Record) -> Channel:
    fields = {name: value for name, value in row.items() if name != "deleted_at"}
    config = WahaConfig(base_url=fields.pop("base_url"), session=fields.pop("session"))
    ai = AiSettings(
        enabled=fields.pop("ai_enabled"),
        debounce_timeout_ms=fields.pop("debounce_timeout_ms"),
        processed=tuple(fields.pop("ai_processed")),
    )
    known = {name: fields.pop(name) for name in ("waba_id", "api_version", "app_id")}
    cloud = None if known["waba_id"] is None else CloudConfig(**known)
    return msgspec.convert({**fields, "config": config, "ai": ai, "cloud": cloud}, Channel)


def _ai(ai: AiSettings) -> tuple[bool, int, list[str]]:
    return ai.enabled, ai.debounce_timeout_ms, list(ai.processed)


def _cloud(cloud: CloudConfig | None) -> tuple[str | None, str | None, str | None]:
    if cloud is None:
        return None, None, None
    return cloud.waba_id, cloud.api_version, cloud.app_id
