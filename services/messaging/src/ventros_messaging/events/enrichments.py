"""What messaging says and hears of files that are put into words."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from platform_bus import Consumer, Outgoing, Received, emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.media import ChannelMediaLost, ChannelMediaStored
from proto_events.message_enrichments import MessageEnrichmentCompleted, MessageEnrichmentFailed
from proto_events.messaging import (
    MessageAiProcessAudioRequested,
    MessageAiProcessDocumentRequested,
    MessageAiProcessImageRequested,
    MessageAiProcessVideoRequested,
    MessageAiProcessVoiceRequested,
)
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_messaging.commands.enrich import Ended, Requested, files_found
from ventros_messaging.domain.enrichment import Enrichment, EnrichmentType, Found
from ventros_messaging.events import message_groups
from ventros_messaging.store import enrichments as store
from ventros_messaging.store.enrichments import WithFile

_REQUESTS: Final[Mapping[EnrichmentType, type[msgspec.Struct]]] = {
    "image": MessageAiProcessImageRequested,
    "audio": MessageAiProcessAudioRequested,
    "voice": MessageAiProcessVoiceRequested,
    "video": MessageAiProcessVideoRequested,
    "document": MessageAiProcessDocumentRequested,
}

_SHA256: Final = re.compile(r"[0-9a-f]{64}")

FileTold: TypeAlias = ChannelMediaStored | ChannelMediaLost


async def on_files(tx: Tx, tenant_id: UUID, events: Sequence[Received[FileTold]]) -> None:
    """Files of messages are in the store, or are lost."""
    files = [_found(event.data) for event in events]
    await say_requested(tx, tenant_id, await files_found(tx, tenant_id, files, utc_now()))


CONSUMERS: Final = (
    Consumer(
        name="messaging.files_to_read",
        types={
            "channel.media_stored.v1": ChannelMediaStored,
            "channel.media_lost.v1": ChannelMediaLost,
        },
        handle=on_files,
        exchange=DOMAIN_EXCHANGE,
    ),
)


async def say_requested(tx: Tx, tenant_id: UUID, requested: Requested) -> None:
    """`message.ai.process_…_requested` for what can be read."""
    now = utc_now()
    ids = [each.enrichment.message_id for each in requested.ready]
    versions = await store.message_versions(tx, tenant_id, ids) if ids else {}
    await emit(
        tx,
        [
            _requested(tenant_id, each, versions.get(each.enrichment.message_id, 1), now)
            for each in requested.ready
        ],
    )
    await say_ended(tx, tenant_id, requested.ended)


async def say_ended(tx: Tx, tenant_id: UUID, ended: Ended) -> None:
    """`message_enrichment.completed` and `.failed`, and of the groups that waited."""
    await emit(
        tx,
        [_of(tenant_id, each, _ended(each), each.id, each.version) for each in ended.enrichments],
    )
    await message_groups.say(tx, tenant_id, ended.groups)


def _found(told: FileTold) -> Found:
    match told:
        case ChannelMediaStored():
            return Found(
                message_id=told.message_id,
                channel_id=told.channel_id,
                # A name that is none leads to no file.
                sha256=told.sha256 if _SHA256.fullmatch(told.sha256) else None,
                mimetype=_mimetype(told),
            )
        case ChannelMediaLost():
            return Found(message_id=told.message_id, channel_id=told.channel_id)


def _mimetype(told: ChannelMediaStored) -> str:
    """Of a picture and a PDF what it proves to be; sounds and texts prove little."""
    proven = told.detected_mimetype
    known = proven.startswith("image/") or proven == "application/pdf"
    return (proven if known else told.mimetype or proven).replace("\0", "")


def _requested(tenant_id: UUID, each: WithFile, version: int, now: datetime) -> Outgoing:
    enrichment, file = each.enrichment, each.file
    members: dict[str, object] = {
        "message_id": enrichment.message_id,
        "channel_id": enrichment.channel_id,
        "contact_id": enrichment.contact_id,
        "session_id": enrichment.session_id,
        "mime_type": file.mimetype or "application/octet-stream",
        "requested_at": now,
    }
    kind = _REQUESTS[enrichment.content_type]
    members[f"{enrichment.content_type}_url"] = f"urn:sha256:{file.sha256}"
    event: msgspec.Struct = msgspec.convert(members, kind)
    return _of(tenant_id, enrichment, event, enrichment.message_id, version)


def _ended(enrichment: Enrichment) -> msgspec.Struct:
    members = {
        "enrichment_id": enrichment.id,
        "message_id": enrichment.message_id,
        "message_group_id": enrichment.message_group_id,
        "contact_id": enrichment.contact_id,
        "content_type": enrichment.content_type,
        "processed_at": enrichment.processed_at,
    }
    if enrichment.error is not None:
        failed = {**members, "error": enrichment.error}
        return msgspec.convert(failed, MessageEnrichmentFailed)
    completed = {**members, "provider": enrichment.provider, "text": enrichment.text}
    return msgspec.convert(completed, MessageEnrichmentCompleted)


def _of(
    tenant_id: UUID, enrichment: Enrichment, event: msgspec.Struct, subject: UUID, sequence: int
) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=enrichment.project_id,
        subject=subject,
        sequence=sequence,
        partition_key=str(enrichment.contact_id),
    )
