"""What channels tells of the labels of its accounts: a copy, to choose from."""

from collections.abc import Sequence
from typing import Final, TypeAlias
from uuid import UUID

from platform_bus import Consumer, Received
from platform_postgres import Tx
from proto_events.channels import ChannelLabelDeleted, ChannelLabelUpserted
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_messaging.store import labels
from ventros_messaging.store.documents import without_nul
from ventros_messaging.store.labels import LabelTold

Told: TypeAlias = ChannelLabelUpserted | ChannelLabelDeleted


async def on_labels(tx: Tx, tenant_id: UUID, events: Sequence[Received[Told]]) -> None:
    """Keep up with the labels that chats can have."""
    await labels.learn(tx, tenant_id, [_told(event) for event in events])


CONSUMER: Final = Consumer(
    name="messaging.labels",
    types={
        "channel.label.upserted.v1": ChannelLabelUpserted,
        "channel.label.deleted.v1": ChannelLabelDeleted,
    },
    handle=on_labels,
    exchange=DOMAIN_EXCHANGE,
)


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
