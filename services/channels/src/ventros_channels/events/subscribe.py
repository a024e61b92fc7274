"""Raw webhooks of WAHA, normalised: the consumers of `waha.events.*`."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_bus import Consumer, Received, Undecodable
from platform_postgres import Tx
from platform_telemetry import counter
from proto_events.registry import RAW_EXCHANGE
from proto_events.waha import TYPE_PREFIX, WahaEvent
from ventros_channels.commands.tell_messages import Tellable, tell_messages
from ventros_channels.delivery.tellings import join_own
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.events import KNOWN_EVENTS, MESSAGE_EVENTS
from ventros_channels.domain.waha.parse import parse_message
from ventros_channels.events.publish import SOURCE, UNKNOWN_TYPE, message_received, type_of_event
from ventros_channels.store.provider_messages import MessageKey

_NORMALISED = counter("channels_normalised", "Raw messages by what became of them", ("outcome",))
_KEPT = counter("channels_kept_raw", "Raw events that are only stored, by event", ("event",))


class Reading(msgspec.Struct, frozen=True):
    """A raw event and what it says."""

    raw: WahaEvent
    heard: Heard | Elsewhere


def read(event: Received[WahaEvent]) -> Reading:
    """Read a raw message.

    Raises:
        Undecodable: the body cannot be a message; the raw row stays.
    """
    raw = event.data
    try:
        return Reading(raw, parse_message(raw.body, raw.received_at))
    except UnparsableError as error:
        raise Undecodable(error.reason) from error


async def normalise(tx: Tx, tenant_id: UUID, events: Sequence[Received[Reading]]) -> None:
    """One tenant's raw messages to `channel.message_received`, each message once."""
    messages: dict[MessageKey, Tellable] = {}
    elsewhere = 0
    for event in events:
        raw, heard = event.data.raw, event.data.heard
        if isinstance(heard, Elsewhere):
            elsewhere += 1
            _NORMALISED.labels(heard.place).inc()
            continue
        key = MessageKey(raw.channel_id, heard.stanza, heard.from_me, heard.participant)
        if key not in messages:
            outgoing, message_id = message_received(heard, event.envelope, raw)
            messages[key] = Tellable(message_id, outgoing)
    told = await tell_messages(tx, tenant_id, SOURCE, await join_own(tx, tenant_id, messages))
    _NORMALISED.labels("told").inc(told)
    _NORMALISED.labels("repeated").inc(len(events) - elsewhere - told)


async def keep(_tx: Tx, _tenant_id: UUID, events: Sequence[Received[WahaEvent]]) -> None:
    """What nothing here reads yet is stored raw already, and counted."""
    for event in events:
        name = event.data.event
        _KEPT.labels(name if name in KNOWN_EVENTS else "unknown").inc()


def consumers() -> list[Consumer]:
    """One queue per message event, in order; one for all events that are only kept."""
    kept = sorted(type_of_event(event) for event in KNOWN_EVENTS - MESSAGE_EVENTS)
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
            name="channels.kept",
            queue=f"{TYPE_PREFIX}kept",
            types=dict.fromkeys([*kept, UNKNOWN_TYPE], WahaEvent),
            handle=keep,
            exchange=RAW_EXCHANGE,
        ),
    ]
