"""The tables `template` and `channel_account`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from platform_postgres import Tx
from proto_events.template_forms import TemplateForm
from ventros_messaging.domain.template import DELETED, Place, Template, Told
from ventros_messaging.store.documents import document

# What is told of one account is heard one after the other: templates that are not there yet cannot
# be locked.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"

_COLUMNS: Final = """
    t.id, t.project_id, t.account, t.name, t.language, t.provider_id, t.status, t.rejected_reason,
    t.category, t.quality, t.form, t.told, t.created_at, t.updated_at, t.version
"""

_OF_ACCOUNT: Final = f"""
SELECT {_COLUMNS} FROM template t
WHERE t.tenant_id = $1 AND t.project_id = $2 AND t.account = $3
    AND ($4::text[] IS NULL OR t.name = ANY($4))
"""  # noqa: S608 - constants of this module

_SAVE: Final = """
INSERT INTO template AS known (
    tenant_id, id, project_id, account, name, language, provider_id, status, rejected_reason,
    category, quality, form, told, created_at, updated_at, version
)
SELECT $1, given.*
FROM unnest(
    $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::jsonb[], $13::jsonb[], $14::timestamptz[], $15::timestamptz[],
    $16::integer[]
) AS given
ON CONFLICT (tenant_id, id) DO UPDATE
SET provider_id = excluded.provider_id, status = excluded.status,
    rejected_reason = excluded.rejected_reason, category = excluded.category,
    quality = excluded.quality, form = excluded.form, told = excluded.told,
    updated_at = excluded.updated_at, version = excluded.version
"""

_LEARN_ACCOUNT: Final = """
INSERT INTO channel_account AS known (tenant_id, channel_id, project_id, account, told_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, channel_id) DO UPDATE
SET account = excluded.account, told_at = excluded.told_at
WHERE known.told_at < excluded.told_at
"""

_READ: Final = f"""
SELECT {_COLUMNS} FROM template t WHERE t.tenant_id = $1 AND t.project_id = $2 AND t.id = $3
"""  # noqa: S608 - constants of this module

_OF_CHANNEL: Final = f"""
SELECT {_COLUMNS} FROM channel_account a
JOIN template t
    ON t.tenant_id = $1 AND t.project_id = $2 AND t.account = a.account
    AND t.name = $4 AND t.language = $5
WHERE a.tenant_id = $1 AND a.project_id = $2 AND a.channel_id = $3
"""  # noqa: S608 - constants of this module

_PAGE: Final = f"""
SELECT {_COLUMNS} FROM template t
WHERE t.tenant_id = $1 AND t.project_id = $2
    AND ($3::uuid IS NULL OR t.account = (
        SELECT account FROM channel_account
        WHERE tenant_id = $1 AND project_id = $2 AND channel_id = $3
    ))
    AND CASE WHEN $4::text IS NULL THEN t.status <> $7 ELSE t.status = $4 END
    AND ($5::text IS NULL OR t.name = $5) AND ($6::uuid IS NULL OR t.id < $6)
ORDER BY t.id DESC LIMIT $8
"""  # noqa: S608 - constants of this module

_CHANNELS: Final = """
SELECT a.account, a.channel_id FROM channel_account a
JOIN channel_ref c ON c.tenant_id = $1 AND c.id = a.channel_id AND c.active
WHERE a.tenant_id = $1 AND a.project_id = $2 AND a.account = ANY($3)
ORDER BY a.channel_id
"""

_FORM: Final = msgspec.json.Decoder(TemplateForm)
_TOLD: Final = msgspec.json.Decoder(Told)


async def lock(tx: Tx, tenant_id: UUID, account: str) -> None:
    """Nobody else hears of this account's templates until the transaction ends."""
    await tx.execute(_LOCK, f"template:{tenant_id}:{account}")


async def of_account(
    tx: Tx, tenant_id: UUID, project_id: UUID, account: str, names: Sequence[str] | None
) -> list[Template]:
    """The account's templates with these names; None: all."""
    rows = await tx.fetch(_OF_ACCOUNT, tenant_id, project_id, account, names)
    return [_template(row) for row in rows]


async def save(tx: Tx, tenant_id: UUID, templates: Sequence[Template]) -> None:
    """Write templates of an account that is locked."""
    await tx.execute(
        _SAVE,
        tenant_id,
        [one.id for one in templates],
        [one.project_id for one in templates],
        [one.place.account for one in templates],
        [one.place.name for one in templates],
        [one.place.language for one in templates],
        [one.provider_id for one in templates],
        [one.status for one in templates],
        [one.rejected_reason for one in templates],
        [one.category for one in templates],
        [one.quality for one in templates],
        [None if one.form is None else document(one.form) for one in templates],
        [document(one.told) for one in templates],
        [one.created_at for one in templates],
        [one.updated_at for one in templates],
        [one.version for one in templates],
    )


async def learn_account(
    tx: Tx, tenant_id: UUID, project_id: UUID, channel_id: UUID, account: str, at: datetime
) -> None:
    """A channel is of this account."""
    await tx.execute(_LEARN_ACCOUNT, tenant_id, channel_id, project_id, account, at)


async def find(tx: Tx, tenant_id: UUID, project_id: UUID, template_id: UUID) -> Template | None:
    """The template with this id in this project."""
    row = await tx.fetchrow(_READ, tenant_id, project_id, template_id)
    return None if row is None else _template(row)


async def of_channel(
    tx: Tx, tenant_id: UUID, project_id: UUID, channel_id: UUID, name: str, language: str
) -> Template | None:
    """The template that a channel means by this name and language."""
    row = await tx.fetchrow(_OF_CHANNEL, tenant_id, project_id, channel_id, name, language)
    return None if row is None else _template(row)


async def page(
    tx: Tx,
    tenant_id: UUID,
    project_id: UUID,
    *,
    channel_id: UUID | None,
    status: str | None,
    name: str | None,
    before: UUID | None,
    limit: int,
) -> list[Template]:
    """The newest first; those that are no more only when they are asked for by their status."""
    asked = (tenant_id, project_id, channel_id, status, name, before, DELETED, limit)
    return [_template(row) for row in await tx.fetch(_PAGE, *asked)]


async def channels(
    tx: Tx, tenant_id: UUID, project_id: UUID, accounts: Sequence[str]
) -> dict[str, list[UUID]]:
    """The active channels of each account."""
    found: dict[str, list[UUID]] = {}
    for row in await tx.fetch(_CHANNELS, tenant_id, project_id, sorted(set(accounts))):
        found.setdefault(row["account"], []).append(row["channel_id"])
    return found


def _template(row: Record) -> Template:
    return Template(
        id=row["id"],
        project_id=row["project_id"],
        place=Place(row["account"], row["name"], row["language"]),
        provider_id=row["provider_id"],
        status=row["status"],
        rejected_reason=row["rejected_reason"],
        category=row["category"],
        quality=row["quality"],
        form=None if row["form"] is None else _FORM.decode(row["form"]),
        told=_TOLD.decode(row["told"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
    )
