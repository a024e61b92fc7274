"""Rows that are old enough to be forgotten, some at a time. System transactions.

One replica sweeps at a time; the others leave it to that one.
"""

from datetime import timedelta
from typing import Final, Literal

from platform_postgres import Tx

Kept = Literal[
    "raw_event", "provider_fact", "provider_message", "delivery", "media_job", "media_upload"
]

# Of groups, facts are messages: as long as those are remembered, so are they.
_SWEEPS: Final[dict[Kept, str]] = {
    "raw_event": """
DELETE FROM raw_event r USING (
    SELECT tenant_id, channel_id, provider_event_id FROM raw_event
    WHERE received_at < now() - $1::interval LIMIT $2
) AS old
WHERE (r.tenant_id, r.channel_id, r.provider_event_id)
    = (old.tenant_id, old.channel_id, old.provider_event_id)
""",
    "provider_fact": """
DELETE FROM provider_fact f USING (
    SELECT tenant_id, channel_id, type, key FROM provider_fact
    WHERE created_at < now() - $1::interval AND type NOT LIKE 'channel.group_message_received.%'
    LIMIT $2
) AS old
WHERE (f.tenant_id, f.channel_id, f.type, f.key)
    = (old.tenant_id, old.channel_id, old.type, old.key)
""",
    "provider_message": """
DELETE FROM provider_message m USING (
    SELECT tenant_id, channel_id, stanza, from_me, participant FROM provider_message
    WHERE created_at < now() - $1::interval LIMIT $2
) AS old
WHERE (m.tenant_id, m.channel_id, m.stanza, m.from_me, m.participant)
    = (old.tenant_id, old.channel_id, old.stanza, old.from_me, old.participant)
""",
    "delivery": """
DELETE FROM delivery d USING (
    SELECT tenant_id, id FROM delivery WHERE settled_at < now() - $1::interval
    ORDER BY settled_at LIMIT $2
) AS old
WHERE (d.tenant_id, d.id) = (old.tenant_id, old.id)
""",
    "media_job": """
DELETE FROM media_job j USING (
    SELECT tenant_id, message_id FROM media_job WHERE settled_at < now() - $1::interval
    ORDER BY settled_at LIMIT $2
) AS old
WHERE (j.tenant_id, j.message_id) = (old.tenant_id, old.message_id)
""",
    "media_upload": """
DELETE FROM media_upload u USING (
    SELECT tenant_id, channel_id, sha256, mimetype FROM media_upload
    WHERE uploaded_at < now() - $1::interval
    ORDER BY uploaded_at LIMIT $2
) AS old
WHERE (u.tenant_id, u.channel_id, u.sha256, u.mimetype)
    = (old.tenant_id, old.channel_id, old.sha256, old.mimetype)
""",
}

_ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('channels.retention', 0))"


async def sweep(tx: Tx, what: Kept, older_than: timedelta, limit: int) -> int:
    """Forget at most `limit`; how many that were, none while somebody else sweeps."""
    if not await tx.fetchval(_ALONE):
        return 0
    status = await tx.execute(_SWEEPS[what], older_than, limit)
    return int(status.rpartition(" ")[2])
