"""Rows of `media_job`: files to be fetched."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_channels.domain.files import Wanted

_ADD = """
INSERT INTO media_job (tenant_id, message_id, project_id, channel_id, wanted)
SELECT $1, given.message_id, given.project_id, given.channel_id, given.wanted
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::boolean[])
    AS given (message_id, project_id, channel_id, wanted, in_group)
WHERE NOT given.in_group
    OR EXISTS (SELECT FROM channel WHERE id = given.channel_id AND allow_groups)
ORDER BY given.message_id
ON CONFLICT (tenant_id, message_id) DO NOTHING
"""

# A channel has so many files on their way at once, whoever fetches them; the rest waits its turn.
_TAKE = """
WITH busy AS (
    SELECT tenant_id, channel_id, count(*) AS files FROM media_job
    WHERE settled_at IS NULL AND holder IS NOT NULL AND next_at > now()
    GROUP BY tenant_id, channel_id
), due AS (
    SELECT tenant_id, message_id, next_at, coalesce(busy.files, 0) + row_number() OVER (
        PARTITION BY tenant_id, channel_id ORDER BY next_at
    ) AS place
    FROM media_job LEFT JOIN busy USING (tenant_id, channel_id)
    WHERE settled_at IS NULL AND next_at <= now()
), taken AS (
    SELECT job.tenant_id, job.message_id FROM media_job AS job
    JOIN due USING (tenant_id, message_id)
    WHERE due.place <= $4 AND job.settled_at IS NULL AND job.next_at <= now()
    ORDER BY due.place, due.next_at
    LIMIT $3
    FOR UPDATE OF job SKIP LOCKED
)
UPDATE media_job AS job
SET holder = $1, next_at = now() + $2, attempts = job.attempts + 1
FROM taken
WHERE (job.tenant_id, job.message_id) = (taken.tenant_id, taken.message_id)
RETURNING job.tenant_id, job.project_id, job.channel_id, job.message_id, job.attempts,
    job.unjudged, job.wanted
"""

_SETTLE = """
UPDATE media_job SET settled_at = now(), holder = NULL
WHERE message_id = $1 AND settled_at IS NULL
RETURNING 1
"""

_PUT_OFF = """
UPDATE media_job SET next_at = now() + $3, holder = NULL
WHERE message_id = $1 AND holder = $2 AND settled_at IS NULL
"""

# What we are to blame for is no attempt at the provider.
_PUT_OFF_BY_US = """
UPDATE media_job SET next_at = now() + $3, holder = NULL, attempts = attempts - 1, unjudged = $4
WHERE message_id = $1 AND holder = $2 AND settled_at IS NULL
"""

# What was asked for is not an attempt: nobody was called.
_AWAIT_KEY = """
UPDATE media_job SET next_at = now() + interval '1 day', holder = NULL, attempts = attempts - 1
WHERE message_id = $1 AND holder = $2 AND settled_at IS NULL AND created_at > now() - $3::interval
RETURNING 1
"""

_HURRY = """
UPDATE media_job SET next_at = now()
WHERE channel_id = $1 AND settled_at IS NULL AND holder IS NULL AND next_at > now()
"""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A file that this process fetches now; `attempts` counts this one as well. `unjudged` is how
    often the scanner failed over it."""

    tenant_id: UUID
    project_id: UUID
    channel_id: UUID
    message_id: UUID
    attempts: int
    unjudged: int = 0
    wanted: Wanted


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is to be fetched."""

    project_id: UUID
    channel_id: UUID
    message_id: UUID
    wanted: Wanted
    group: bool


async def add(tx: Tx, tenant_id: UUID, jobs: Sequence[NewJob]) -> None:
    """Those that are not known yet; of groups, where the channel listens to them."""
    await tx.execute(
        _ADD,
        tenant_id,
        [job.message_id for job in jobs],
        [job.project_id for job in jobs],
        [job.channel_id for job in jobs],
        [msgspec.json.encode(job.wanted) for job in jobs],
        [job.group for job in jobs],
    )


async def take(tx: Tx, holder: UUID, hold: timedelta, limit: int, *, per_channel: int) -> list[Job]:
    """Begin what is due. In a system transaction."""
    rows = await tx.fetch(_TAKE, holder, hold, limit, per_channel)
    return [
        Job(
            tenant_id=row["tenant_id"],
            project_id=row["project_id"],
            channel_id=row["channel_id"],
            message_id=row["message_id"],
            attempts=row["attempts"],
            unjudged=row["unjudged"],
            wanted=msgspec.json.decode(row["wanted"], type=Wanted),
        )
        for row in rows
    ]


async def settle(tx: Tx, message_id: UUID) -> bool:
    """It is stored or lost; False when that is known already."""
    return await tx.fetchval(_SETTLE, message_id) is not None


async def put_off(tx: Tx, message_id: UUID, holder: UUID, wait: timedelta) -> None:
    """Fetch it again after a while."""
    await tx.execute(_PUT_OFF, message_id, holder, wait)


async def put_off_by_us(
    tx: Tx, message_id: UUID, holder: UUID, wait: timedelta, unjudged: int
) -> None:
    """Fetch it again after a while, since we could not take it."""
    await tx.execute(_PUT_OFF_BY_US, message_id, holder, wait, unjudged)


async def await_key(tx: Tx, message_id: UUID, holder: UUID, longest: timedelta) -> bool:
    """Fetch it when the channel has another key; False when it has waited for `longest`."""
    return await tx.fetchval(_AWAIT_KEY, message_id, holder, longest) is not None


async def hurry(tx: Tx, channel_id: UUID) -> None:
    """What waits for the channel is due now."""
    await tx.execute(_HURRY, channel_id)
