"""Remember which files of messages are to be fetched."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from platform_postgres import Tx
from proto_events.channels import ChannelMessageReceived
from proto_events.envelope import Envelope
from proto_events.provider_facts import ChannelGroupMessageReceived
from proto_events.registry import info_of
from ventros_channels.domain.files import Wanted
from ventros_channels.store import media_jobs
from ventros_channels.store.media_jobs import NewJob

Telling: TypeAlias = ChannelMessageReceived | ChannelGroupMessageReceived

_TELLINGS: Final[Mapping[str, type[Telling]]] = {
    info_of(kind).type: kind for kind in (ChannelMessageReceived, ChannelGroupMessageReceived)
}


async def want_files(tx: Tx, tenant_id: UUID, told: Iterable[Outgoing]) -> None:
    """The files of these messages, each once; what is told of other things has none."""
    await _want(
        tx,
        tenant_id,
        [
            (one.project_id, one.event)
            for one in told
            if isinstance(one.event, ChannelMessageReceived | ChannelGroupMessageReceived)
        ],
    )


async def want_files_told(tx: Tx, tenant_id: UUID, told: Iterable[Envelope]) -> None:
    """The same of what was encoded when it was kept back, and is told now."""
    await _want(
        tx,
        tenant_id,
        [
            (one.project_id, msgspec.json.decode(one.data, type=_TELLINGS[one.type]))
            for one in told
            if one.type in _TELLINGS
        ],
    )


async def _want(tx: Tx, tenant_id: UUID, told: Iterable[tuple[UUID, Telling]]) -> None:
    found = (_job(project_id, event) for project_id, event in told)
    jobs = {job.message_id: job for job in found if job is not None}
    if jobs:
        await media_jobs.add(tx, tenant_id, list(jobs.values()))


def _job(project_id: UUID, event: Telling) -> NewJob | None:
    message = event.message
    media = message.content.media
    if media is None:
        return None
    return NewJob(
        project_id=project_id,
        channel_id=message.channel_id,
        message_id=message.id,
        group=isinstance(event, ChannelGroupMessageReceived),
        wanted=Wanted(
            provider_message_id=message.provider_message_id,
            chat=message.chat,
            url=media.url,
            file_id=media.file_id,
            mimetype=media.mimetype,
            filename=media.filename,
            size_bytes=media.size_bytes,
            view_once=message.content.view_once,
        ),
    )
