"""Remember which files of messages are to be fetched."""

from collections.abc import Iterable
from uuid import UUID

from platform_bus import Outgoing
from platform_postgres import Tx
from proto_events.channels import ChannelMessageReceived
from proto_events.provider_facts import ChannelGroupMessageReceived
from ventros_channels.domain.files import Wanted
from ventros_channels.store import media_jobs
from ventros_channels.store.media_jobs import NewJob


async def want_files(tx: Tx, tenant_id: UUID, told: Iterable[Outgoing]) -> None:
    """The files of these messages, each once; what is told of other things has none."""
    jobs = {job.message_id: job for one in told if (job := _job(one)) is not None}
    if jobs:
        await media_jobs.add(tx, tenant_id, list(jobs.values()))


def _job(told: Outgoing) -> NewJob | None:
    if not isinstance(told.event, ChannelMessageReceived | ChannelGroupMessageReceived):
        return None
    message = told.event.message
    media = message.content.media
    if media is None:
        return None
    return NewJob(
        project_id=told.project_id,
        channel_id=message.channel_id,
        message_id=message.id,
        group=isinstance(told.event, ChannelGroupMessageReceived),
        wanted=Wanted(
            provider_message_id=message.provider_message_id,
            chat=message.chat,
            url=media.url,
            file_id=media.file_id,
            mimetype=media.mimetype,
            filename=media.filename,
            size_bytes=media.size_bytes,
        ),
    )
