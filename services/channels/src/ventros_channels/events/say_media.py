"""What becomes of the file of a message, from what is true here to what the contracts say."""

from datetime import datetime

from platform_bus import Outgoing
from platform_storage import Stored
from platform_storage.kinds import kind_of
from proto_events.media import ChannelMediaLost, ChannelMediaStored
from ventros_channels.domain.files import Coming, NoFile
from ventros_channels.store.media_jobs import Job


def media_stored(job: Job, coming: Coming, stored: Stored, at: datetime) -> Outgoing:
    """`channel.media_stored`."""
    event = ChannelMediaStored(
        message_id=job.message_id,
        channel_id=job.channel_id,
        sha256=stored.sha256,
        size_bytes=stored.size,
        detected_mimetype=kind_of(stored.head),
        mimetype=job.wanted.mimetype or coming.mimetype,
        filename=job.wanted.filename or coming.filename,
        stored_at=at,
    )
    return _of(job, event)


def media_lost(job: Job, why: NoFile, at: datetime) -> Outgoing:
    """`channel.media_lost`."""
    event = ChannelMediaLost(
        message_id=job.message_id,
        channel_id=job.channel_id,
        reason=why.reason,
        code=why.code,
        lost_at=at,
    )
    return _of(job, event)


def _of(job: Job, event: ChannelMediaStored | ChannelMediaLost) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=job.tenant_id,
        project_id=job.project_id,
        subject=job.channel_id,
        sequence=1,
        partition_key=str(job.message_id),
    )
