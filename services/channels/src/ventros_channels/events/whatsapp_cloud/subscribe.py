"""Raw posts of Meta, normalised: the consumers of `whatsapp_cloud.events.*`."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_bus import Consumer, Received, Undecodable
from platform_postgres import Tx
from proto_events.raw import ProviderEvent
from proto_events.registry import CLOUD_EXCHANGE
from ventros_channels.delivery.people import learn_user_ids
from ventros_channels.delivery.receipts import join_receipts
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.whatsapp_cloud.fields import MESSAGES
from ventros_channels.domain.whatsapp_cloud.message import CHANNEL_TYPE
from ventros_channels.domain.whatsapp_cloud.receipt import Receipt
from ventros_channels.events.raw_types import RAW_KINDS
from ventros_channels.events.tell import Bundle
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.events.whatsapp_cloud.parse_post import parse_post
from ventros_channels.events.whatsapp_cloud.template_facts import SOON, TEMPLATE_FIELDS
from ventros_channels.events.whatsapp_cloud.told import Told
from ventros_channels.store import channels, template_listings
from ventros_channels.store.channels import Number

_KIND = RAW_KINDS[CHANNEL_TYPE]


class Post(msgspec.Struct, frozen=True):
    """A raw event and everything that it tells."""

    raw: ProviderEvent
    told: list[Told]


def read(event: Received[ProviderEvent]) -> Post:
    """Read a post.

    Raises:
        Undecodable: the body is no post; the raw row stays.
    """
    raw = event.data
    stamp = Stamp(
        channel_id=raw.channel_id, received_at=raw.received_at, ingress_seq=raw.ingress_seq
    )
    try:
        return Post(raw, parse_post(raw.body, stamp))
    except UnparsableError as error:
        raise Undecodable(error.reason) from error


async def normalise(tx: Tx, tenant_id: UUID, events: Sequence[Received[Post]]) -> None:
    """One tenant's posts to what they say, each message and each fact once.

    An app of Meta's posts about all of its numbers to one address: what is of another number than
    the channel's is only stored.
    """
    numbers = await channels.numbers(tx, {event.data.raw.channel_id for event in events})
    bundle = Bundle()
    receipts: list[tuple[UUID, Receipt]] = []
    relist: set[UUID] = set()
    facts: list[Fact] = []
    for event in events:
        raw = event.data.raw
        number = numbers.get(raw.channel_id)
        for told in event.data.told:
            if told.what in TEMPLATE_FIELDS and number is not None and _is_of(told, number):
                relist.add(raw.channel_id)
            if told.said is None:
                bundle.keep_raw(told.what)
            elif number is None or not _is_of(told, number):
                bundle.keep_raw("another_number")
            elif isinstance(told.said, Receipt):
                receipts.append((raw.channel_id, told.said))
            else:
                if isinstance(told.said, Fact):
                    facts.append(told.said)
                bundle.add(told.said, event.envelope, raw, CHANNEL_TYPE)
    await join_receipts(tx, tenant_id, receipts)
    await bundle.tell(tx, tenant_id)
    await learn_user_ids(tx, tenant_id, facts)
    if relist:
        await template_listings.want(tx, relist, SOON)


def consumers() -> list[Consumer]:
    """What has messages in order; the other fields over one connection."""
    ordered = _KIND.type_of(MESSAGES)
    others = [name for name in _KIND.queues if name != ordered]
    return [
        Consumer(
            name=f"channels.{CHANNEL_TYPE}.{MESSAGES}",
            queue=ordered,
            types={ordered: ProviderEvent},
            read=read,
            handle=normalise,
            exchange=CLOUD_EXCHANGE,
            single_active=True,
        ),
        Consumer(
            name=f"channels.{CHANNEL_TYPE}.facts",
            types=dict.fromkeys(others, ProviderEvent),
            read=read,
            handle=normalise,
            exchange=CLOUD_EXCHANGE,
            queue_per_type=True,
        ),
    ]


def _is_of(told: Told, number: Number) -> bool:
    """What names a number is of it, what names none is of the account."""
    if told.number is not None:
        return told.number == number.session
    return told.account == number.waba_id
