"""What channels tells of the labels of its accounts: a copy, to choose from. A label that is
deleted is taken off its chats.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias
from uuid import UUID

from platform_bus import Consumer, Received, emit
from platform_postgres import Tx
from proto_events.channels import ChannelLabelDeleted, ChannelLabelUpserted
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_messaging.commands.apply_chat_facts import Told as ChatTold
from ventros_messaging.commands.apply_chat_facts import apply_chat_facts
from ventros_messaging.domain.chat import When
from ventros_messaging.domain.chat_facts import Labelled
from ventros_messaging.events.chats import said_of
from ventros_messaging.events.publish import cause_of
from ventros_messaging.store import chats, labels
from ventros_messaging.store.documents import without_nul
from ventros_messaging.store.labels import LabelTold

Told: TypeAlias = ChannelLabelUpserted | ChannelLabelDeleted


async def on_labels(tx: Tx, tenant_id: UUID, events: Sequence[Received[Told]]) -> None:
    """Keep up with the labels that chats can have."""
    await labels.learn(tx, tenant_id, [_told(event) for event in events])
    for received in events:
        if isinstance(received.data, ChannelLabelDeleted):
            await _take_off(tx, tenant_id, received, received.data)


CONSUMER: Final = Consumer(
    name="messaging.labels",
    types={
        "channel.label.upserted.v1": ChannelLabelUpserted,
        "channel.label.deleted.v1": ChannelLabelDeleted,
    },
    handle=on_labels,
    exchange=DOMAIN_EXCHANGE,
)


async def _take_off(
    tx: Tx, tenant_id: UUID, received: Received[Told], deleted: ChannelLabelDeleted
) -> None:
    """Where it was put on again later, it stays."""
    label_id = without_nul(deleted.label_id) or ""
    when = When(at=deleted.deleted_at, ingress_seq=0)
    off = Labelled(label_id=label_id, on=False)
    labelled = await chats.labelled(tx, tenant_id, deleted.channel_id, label_id)
    told = [ChatTold(sighting, off, when) for sighting in labelled]
    changed = await apply_chat_facts(tx, tenant_id, told)
    await emit(tx, said_of(tenant_id, changed, cause_of(received.envelope)))


def _told(event: Received[Told]) -> LabelTold:
    data, deleted = event.data, isinstance(event.data, ChannelLabelDeleted)
    return LabelTold(
        channel_id=data.channel_id,
        id=without_nul(data.label_id) or "",
        project_id=event.envelope.project_id,
        name="" if isinstance(data, ChannelLabelDeleted) else without_nul(data.label_name) or "",
        told_at=data.deleted_at if isinstance(data, ChannelLabelDeleted) else data.upserted_at,
        deleted=deleted,
    )
