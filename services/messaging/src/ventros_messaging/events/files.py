"""What channels tells of the files of messages, written down and said on."""

from collections.abc import Sequence
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from platform_bus import Consumer, Outgoing, Received, emit
from platform_postgres import Tx
from proto_events.media import (
    ChannelMediaLost,
    ChannelMediaStored,
    MessageMediaLost,
    MessageMediaStored,
)
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_messaging.store import files

Told: TypeAlias = ChannelMediaStored | ChannelMediaLost


async def on_media(tx: Tx, tenant_id: UUID, events: Sequence[Received[Told]]) -> None:
    """Each once, in the order of the messages, so that no two bundles wait for each other."""
    said: list[Outgoing] = []
    for received in sorted(events, key=lambda one: one.data.message_id):
        event = await _settled(tx, tenant_id, received)
        if event is not None:
            said.append(_of(received, event))
    await emit(tx, said)


async def _settled(
    tx: Tx, tenant_id: UUID, received: Received[Told]
) -> MessageMediaStored | MessageMediaLost | None:
    """What there is to say; None when it is known already."""
    told, project_id = received.data, received.envelope.project_id
    if isinstance(told, ChannelMediaLost):
        changed = await files.settle(
            tx, tenant_id, project_id, told.message_id, loss=told.reason, at=told.lost_at
        )
        lost = MessageMediaLost(
            message_id=told.message_id, reason=told.reason, lost_at=told.lost_at
        )
        return lost if changed else None
    file_id = await files.content(
        tx,
        tenant_id,
        sha256=told.sha256,
        size_bytes=told.size_bytes,
        mimetype=told.detected_mimetype,
    )
    changed = await files.settle(
        tx,
        tenant_id,
        project_id,
        told.message_id,
        file_id=file_id,
        filename=told.filename,
        at=told.stored_at,
    )
    stored = MessageMediaStored(
        message_id=told.message_id,
        file_id=file_id,
        sha256=told.sha256,
        size_bytes=told.size_bytes,
        mimetype=told.detected_mimetype,
        filename=told.filename,
        stored_at=told.stored_at,
    )
    return stored if changed else None


def _of(received: Received[Told], event: msgspec.Struct) -> Outgoing:
    """`sequence` 1 is a loss, 2 is stored: what is here counts."""
    return Outgoing(
        event=event,
        tenant_id=received.envelope.tenant_id,
        project_id=received.envelope.project_id,
        subject=received.data.message_id,
        sequence=1 if isinstance(event, MessageMediaLost) else 2,
        partition_key=str(received.data.message_id),
        cause=received.envelope,
    )


CONSUMER: Final = Consumer(
    name="messaging.files",
    types={
        "channel.media_stored.v1": ChannelMediaStored,
        "channel.media_lost.v1": ChannelMediaLost,
    },
    handle=on_media,
    exchange=DOMAIN_EXCHANGE,
)
