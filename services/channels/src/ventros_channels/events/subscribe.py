"""Raw webhooks of WAHA, normalised: the consumers of `waha.events.*`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from platform_bus import Consumer, Received, Undecodable, emit
from platform_core.clock import utc_now
from platform_postgres import Tx
from platform_telemetry import counter
from proto_events.channels import ChannelConnectionChanged
from proto_events.registry import RAW_EXCHANGE
from proto_events.waha import WahaEvent
from ventros_channels.commands.tell_facts import TellableFact, tell_facts
from ventros_channels.commands.tell_messages import Tellable, tell_messages
from ventros_channels.commands.want_files import want_files
from ventros_channels.delivery.tellings import join_own
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.events import KNOWN_EVENTS, MESSAGE_EVENTS
from ventros_channels.domain.waha.parse import parse_message
from ventros_channels.events.publish import (
    SOURCE,
    UNKNOWN_TYPE,
    fact_told,
    group_message,
    message_received,
    type_of_event,
)
from ventros_channels.events.say_activation import turned
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.events.waha.parse_event import parse_event, parse_in_message
from ventros_channels.store import activations
from ventros_channels.store.provider_facts import FactKey
from ventros_channels.store.provider_messages import MessageKey

_NORMALISED = counter("channels_normalised", "Raw messages by what became of them", ("outcome",))
_FACTS = counter("channels_facts", "Facts beside messages by what became of them", ("outcome",))
_KEPT = counter("channels_kept_raw", "Raw events that are only stored, by event", ("event",))


class Reading(msgspec.Struct, frozen=True):
    """A raw event and what it says; None when it only stays stored."""

    raw: WahaEvent
    said: Heard | Elsewhere | Fact | None


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
    messages: dict[MessageKey, Tellable] = {}
    facts: dict[FactKey, TellableFact] = {}
    heard_messages = heard_facts = 0
    for event in events:
        raw, said = event.data.raw, event.data.said
        if said is None:
            _KEPT.labels(raw.event if raw.event in KNOWN_EVENTS else "unknown").inc()
        elif isinstance(said, Elsewhere):
            _NORMALISED.labels(said.place).inc()
        elif isinstance(said, Heard) and not said.group:
            heard_messages += 1
            key = MessageKey(raw.channel_id, said.stanza, said.from_me, said.participant)
            if key not in messages:
                outgoing, message_id = message_received(said, event.envelope, raw)
                messages[key] = Tellable(message_id, outgoing)
        else:
            heard_facts += 1
            fact = group_message(said, raw) if isinstance(said, Heard) else said
            fact_key, tellable = fact_told(fact, event.envelope, raw)
            facts.setdefault(fact_key, tellable)
    if heard_messages:
        joined = await join_own(tx, tenant_id, messages)
        await want_files(tx, tenant_id, [one.outgoing for one in joined.values()])
        told = await tell_messages(tx, tenant_id, SOURCE, joined)
        _NORMALISED.labels("told").inc(told)
        _NORMALISED.labels("repeated").inc(heard_messages - told)
    if heard_facts:
        told = await tell_facts(tx, tenant_id, SOURCE, facts)
        await want_files(tx, tenant_id, [one.outgoing for one in facts.values()])
        _FACTS.labels("told").inc(told)
        _FACTS.labels("not_told").inc(heard_facts - told)
        await _follow(tx, facts)


async def _follow(tx: Tx, facts: Mapping[FactKey, TellableFact]) -> None:
    """What the states of connections that were just written down mean for those who wait."""
    causes = {
        key.channel_id: fact.outgoing.cause
        for key, fact in facts.items()
        if isinstance(fact.outgoing.event, ChannelConnectionChanged)
    }
    if causes:
        now = utc_now()
        settled = await activations.follow(tx, list(causes))
        await emit(tx, [turned(one, now, cause=causes[one.channel_id]) for one in settled])


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
    ]


def _stamp(raw: WahaEvent) -> Stamp:
    return Stamp(
        channel_id=raw.channel_id, received_at=raw.received_at, ingress_seq=raw.ingress_seq
    )
