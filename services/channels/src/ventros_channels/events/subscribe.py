"""Raw webhooks, normalised: the consumers of `waha.events.*`, and those of other providers."""

from collections.abc import Sequence
from uuid import UUID

from platform_bus import Consumer, Received, Undecodable
from platform_postgres import Tx
from proto_events.registry import RAW_EXCHANGE
from proto_events.waha import WahaEvent
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.events import KNOWN_EVENTS, MESSAGE_EVENTS
from ventros_channels.domain.waha.parse import CHANNEL_TYPE, parse_message
from ventros_channels.events.publish import UNKNOWN_TYPE, type_of_event
from ventros_channels.events.tell import Bundle, Reading
from ventros_channels.events.waha.fact import Stamp
from ventros_channels.events.waha.parse_event import parse_event, parse_in_message
from ventros_channels.events.whatsapp_cloud import subscribe as whatsapp_cloud


def read(event: Received[WahaEvent]) -> Reading:
    """Read a raw message, which may tell of another message.

    Raises:
        Undecodable: the body cannot be a message; the raw row stays.
    """
    raw = event.data
    try:
        fact = parse_in_message(raw.body, _stamp(raw))
        return Reading(raw, fact or parse_message(raw.body, raw.received_at))
    except UnparsableError as error:
        raise Undecodable(error.reason) from error


def read_other(event: Received[WahaEvent]) -> Reading:
    """Read any other raw event.

    Raises:
        Undecodable: the body cannot be what its event says; the raw row stays.
    """
    raw = event.data
    try:
        return Reading(raw, parse_event(raw.event, raw.body, _stamp(raw)))
    except UnparsableError as error:
        raise Undecodable(error.reason) from error


async def normalise(tx: Tx, tenant_id: UUID, events: Sequence[Received[Reading]]) -> None:
    """One tenant's raw events to what they say, each message and each fact once."""
    bundle = Bundle()
    for event in events:
        raw, said = event.data.raw, event.data.said
        if said is None:
            bundle.keep_raw(raw.event if raw.event in KNOWN_EVENTS else "unknown")
        else:
            bundle.add(said, event.envelope, raw, CHANNEL_TYPE)
    await bundle.tell(tx, tenant_id)


def consumers() -> list[Consumer]:
    """One queue per event: those of messages in order, the others over one connection."""
    others = sorted(type_of_event(event) for event in KNOWN_EVENTS - MESSAGE_EVENTS)
    return [
        *(
            Consumer(
                name=f"channels.{event}",
                queue=type_of_event(event),
                types={type_of_event(event): WahaEvent},
                read=read,
                handle=normalise,
                exchange=RAW_EXCHANGE,
                single_active=True,
            )
            for event in sorted(MESSAGE_EVENTS)
        ),
        Consumer(
            name="channels.facts",
            types=dict.fromkeys([*others, UNKNOWN_TYPE], WahaEvent),
            read=read_other,
            handle=normalise,
            exchange=RAW_EXCHANGE,
            queue_per_type=True,
        ),
        *whatsapp_cloud.consumers(),
    ]


def _stamp(raw: WahaEvent) -> Stamp:
    return Stamp(
        channel_id=raw.channel_id, received_at=raw.received_at, ingress_seq=raw.ingress_seq
    )
