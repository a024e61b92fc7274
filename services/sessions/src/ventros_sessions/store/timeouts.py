"""The copy of what channels and projects say about the timeout, and the sessions that inherit it.

A session is opened under a shared lock of its two settings, and a setting is changed under an
exclusive one, so that no session is opened with a timeout that has just been replaced.
"""

from collections.abc import Collection, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_sessions.domain.session import Session, Timeout
from ventros_sessions.domain.timeouts import resolve
from ventros_sessions.store.rows import COLUMNS, Row, session_of

Scope = Literal["channel", "project"]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel or project says; `minutes` is None when it says nothing.

    One that is deleted says nothing to sessions that begin, and leaves those that are open.
    """

    scope: Scope
    id: UUID
    project_id: UUID
    sequence: int
    minutes: float | None
    deleted: bool = False


_SHARE = """
SELECT t.scope, t.id, t.minutes
FROM timeout_setting AS t
WHERE (t.scope, t.id) IN (SELECT n.scope, n.id FROM unnest($1::text[], $2::uuid[]) AS n (scope, id))
ORDER BY t.scope, t.id
FOR SHARE OF t
"""

_ADD_MISSING = """
INSERT INTO timeout_setting (tenant_id, scope, id, project_id, sequence)
SELECT $1, n.scope, n.id, n.project_id, 0
FROM unnest($2::text[], $3::uuid[], $4::uuid[]) AS n (scope, id, project_id)
ORDER BY n.scope, n.id
ON CONFLICT (tenant_id, scope, id) DO NOTHING
"""

_READ = """
SELECT t.scope, t.id, t.minutes, t.sequence
FROM timeout_setting AS t
WHERE (t.scope, t.id) IN (SELECT n.scope, n.id FROM unnest($1::text[], $2::uuid[]) AS n (scope, id))
ORDER BY t.scope, t.id
"""

_LOCK = _READ + "FOR NO KEY UPDATE OF t"

_APPLY = """
UPDATE timeout_setting AS t
SET sequence = n.sequence, minutes = n.minutes, project_id = n.project_id
FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::integer[], $5::double precision[])
     AS n (scope, id, project_id, sequence, minutes)
WHERE t.scope = n.scope AND t.id = n.id AND t.sequence < n.sequence
"""

_LOCK_HEIRS = f"""
SELECT {COLUMNS}, c.minutes AS channel_minutes, p.minutes AS project_minutes
FROM session AS s
LEFT JOIN timeout_setting AS c ON c.scope = 'channel' AND c.id = s.channel_id
LEFT JOIN timeout_setting AS p ON p.scope = 'project' AND p.id = s.project_id
WHERE s.status = 'active' AND s.project_id = ANY ($1::uuid[])
  AND (s.project_id = ANY ($2::uuid[]) OR s.channel_id = ANY ($3::uuid[]))
ORDER BY s.id
FOR NO KEY UPDATE OF s
"""  # noqa: S608 - constants of this package


async def of_channels(
    tx: Tx, tenant_id: UUID, asked: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Timeout]:
    """The timeouts for (channel, project), kept from changing until this transaction ends."""
    if not asked:
        return {}
    wanted = sorted(
        {("channel", channel, project) for channel, project in asked}
        | {("project", project, project) for _, project in asked}
    )
    scopes = [scope for scope, _, _ in wanted]
    ids = [identifier for _, identifier, _ in wanted]
    rows = await tx.fetch(_SHARE, scopes, ids)
    if len(rows) < len(wanted):
        projects = [project for _, _, project in wanted]
        await tx.execute(_ADD_MISSING, tenant_id, scopes, ids, projects)
        rows = await tx.fetch(_SHARE, scopes, ids)
    minutes = {(row["scope"], row["id"]): row["minutes"] for row in rows}
    return {
        (channel, project): resolve(minutes["channel", channel], minutes["project", project])
        for channel, project in asked
    }


async def read(tx: Tx, settings: Sequence[Setting]) -> dict[tuple[Scope, UUID], Setting]:
    """These settings as they are known, without a lock."""
    return _settings(await tx.fetch(_READ, *_keys(settings)), settings)


async def lock(
    tx: Tx, tenant_id: UUID, settings: Sequence[Setting]
) -> dict[tuple[Scope, UUID], Setting]:
    """These settings as they are known, kept from being read or changed by others."""
    ordered = sorted(settings, key=lambda setting: (setting.scope, setting.id))
    projects = [setting.project_id for setting in ordered]
    await tx.execute(_ADD_MISSING, tenant_id, *_keys(ordered), projects)
    return _settings(await tx.fetch(_LOCK, *_keys(ordered)), settings)


async def apply(tx: Tx, settings: Sequence[Setting]) -> None:
    """Store settings that are locked and newer."""
    await tx.execute(
        _APPLY,
        *_keys(settings),
        [setting.project_id for setting in settings],
        [setting.sequence for setting in settings],
        [setting.minutes for setting in settings],
    )


async def lock_heirs(tx: Tx, settings: Sequence[Setting]) -> list[tuple[Session, Timeout]]:
    """Lock the open sessions that these settings concern; each with the timeout that now holds."""
    rows = await tx.fetch(
        _LOCK_HEIRS,
        sorted({setting.project_id for setting in settings}),
        [setting.id for setting in settings if setting.scope == "project"],
        [setting.id for setting in settings if setting.scope == "channel"],
    )
    return [
        (session_of(row), resolve(row["channel_minutes"], row["project_minutes"])) for row in rows
    ]


def _keys(settings: Sequence[Setting]) -> tuple[list[str], list[UUID]]:
    return [setting.scope for setting in settings], [setting.id for setting in settings]


def _settings(rows: Sequence[Row], asked: Sequence[Setting]) -> dict[tuple[Scope, UUID], Setting]:
    projects = {(setting.scope, setting.id): setting.project_id for setting in asked}
    return {
        (row["scope"], row["id"]): Setting(
            scope=row["scope"],
            id=row["id"],
            project_id=projects[row["scope"], row["id"]],
            sequence=row["sequence"],
            minutes=row["minutes"],
        )
        for row in rows
    }
