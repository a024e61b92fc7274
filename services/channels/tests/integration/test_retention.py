"""What was kept long enough is forgotten, and nothing else."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from platform_core.settings import SettingsError
from platform_postgres import Database
from platform_testkit import TestTenant
from ventros_channels.retention import BATCH, RetentionPart
from ventros_channels.settings import Settings
from ventros_channels.store.retention import Kept

from ..conftest import Api

DAY = timedelta(days=1)
KEEP: Mapping[Kept, timedelta] = dict.fromkeys(
    ("raw_event", "provider_fact", "provider_message", "delivery", "media_job", "media_upload"),
    2 * DAY,
)

_FILL = {
    "raw_event": """
INSERT INTO raw_event (tenant_id, channel_id, provider_event_id, id, seq, project_id, event,
    received_at, body)
SELECT $1, $2, $3::text || n, gen_random_uuid(), n, $1, 'message', now() - $4::interval, ''
FROM generate_series(1, $5) AS n
""",
    "provider_fact": """
INSERT INTO provider_fact (tenant_id, channel_id, type, key, created_at)
SELECT $1, $2, 'channel.message_ack.v1', $3::text || n, now() - $4::interval
FROM generate_series(1, $5) AS n
""",
    "provider_message": """
INSERT INTO provider_message (tenant_id, channel_id, stanza, from_me, participant, message_id,
    created_at)
SELECT $1, $2, $3::text || n, true, '', gen_random_uuid(), now() - $4::interval
FROM generate_series(1, $5) AS n
""",
    "delivery": """
INSERT INTO delivery (tenant_id, id, channel_id, contact_id, requested, expires_at, state,
    settled_at, failure)
SELECT $1, gen_random_uuid(), $2, $1, $3::text::bytea, now(), 'sent', now() - $4::interval, n::text
FROM generate_series(1, $5) AS n
""",
    "media_job": """
INSERT INTO media_job (tenant_id, message_id, project_id, channel_id, wanted, settled_at)
SELECT $1, gen_random_uuid(), $1, $2, $3::text::bytea, now() - ($4::interval + n * '0 s'::interval)
FROM generate_series(1, $5) AS n
""",
    "media_upload": """
INSERT INTO media_upload (tenant_id, channel_id, sha256, mimetype, media_id, uploaded_at)
SELECT $1, $2, $3::text || n, 'image/png', n::text, now() - $4::interval
FROM generate_series(1, $5) AS n
""",
}


async def fill(
    database: Database, tenant: TestTenant, channel_id: UUID, what: Kept, age: timedelta, count: int
) -> None:
    # Ingress alone stores webhooks; the others are a tenant's own.
    inside = database.system() if what == "raw_event" else database.tenant(tenant.tenant_id)
    async with inside as tx:
        await tx.execute(_FILL[what], tenant.tenant_id, channel_id, str(age.days), age, count)


async def left(database: Database, tenant: TestTenant, what: Kept) -> int:
    async with database.tenant(tenant.tenant_id) as tx:
        count: int = await tx.fetchval(f"SELECT count(*) FROM {what}")
        return count


@pytest.mark.parametrize("what", sorted(KEEP))
async def test_what_is_old_goes_in_batches_and_what_is_young_stays(
    api: Api, tenant: TestTenant, database: Database, what: Kept
) -> None:
    channel = UUID((await api.create())["id"])
    await fill(database, tenant, channel, what, 3 * DAY, BATCH + 1)
    await fill(database, tenant, channel, what, DAY, 2)
    assert await RetentionPart(database, KEEP).run_once() == BATCH + 1
    assert await left(database, tenant, what) == 2
    assert await RetentionPart(database, KEEP).run_once() == 0


@pytest.mark.parametrize("what", ["raw_event", "provider_fact", "provider_message", "media_upload"])
async def test_nothing_of_the_last_day_goes_whatever_the_sweep_is_told(
    api: Api, tenant: TestTenant, database: Database, what: Kept
) -> None:
    channel = UUID((await api.create())["id"])
    await fill(database, tenant, channel, what, DAY / 2, 2)
    assert await RetentionPart(database, {what: timedelta()}).run_once() == 0
    assert await left(database, tenant, what) == 2


async def test_posts_of_groups_and_what_has_no_term_are_kept_for_ever(
    api: Api, tenant: TestTenant, database: Database
) -> None:
    channel = UUID((await api.create())["id"])
    await fill(database, tenant, channel, "provider_message", 900 * DAY, 1)
    async with database.tenant(tenant.tenant_id) as tx:
        await tx.execute(
            "INSERT INTO provider_fact (tenant_id, channel_id, type, key, created_at)"
            " VALUES ($1, $2, 'channel.group_message_received.v1', 'in:1', now() - $3::interval)",
            tenant.tenant_id,
            channel,
            900 * DAY,
        )
    keep = {what: term for what, term in KEEP.items() if what != "provider_message"}
    assert await RetentionPart(database, keep).run_once() == 0


def settings(**days: Any) -> Settings:
    given: Any = dict.fromkeys(("postgres", "bus", "http", "telemetry", "storage"))
    return Settings(
        **given, temporal=None, credential_keys=None, public_url="https://crm.example", **days
    )


def test_nothing_is_forgotten_that_a_replay_would_tell_again() -> None:
    assert "provider_message" not in settings().keep
    assert settings(keep_raw_events_days=0, keep_provider_facts_days=0).keep.keys() == {
        "delivery",
        "media_job",
        "media_upload",
    }
    for wrong in (
        {"keep_raw_events_days": 91},
        {"keep_raw_events_days": 0},
        {"keep_provider_messages_days": 29},
    ):
        with pytest.raises(SettingsError):
            _ = settings(**wrong).keep
