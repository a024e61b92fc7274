"""From what is true here to what the contracts say."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from platform_bus.outbox import shard_of
from platform_core.ids import id_at, new_id
from proto_events.channels import (
    ChannelAi,
    ChannelCapabilities,
    ChannelCreated,
    ChannelDeleted,
    ChannelMessageReceived,
    ChannelUpdated,
)
from proto_events.conversation import ChatMessage, FromHistory
from proto_events.envelope import Envelope, schema_address
from proto_events.provider_facts import ChannelGroupMessageReceived
from proto_events.raw import ProviderEvent
from proto_events.registry import info_of
from ventros_channels.adapters import ACTS, CAPABILITIES
from ventros_channels.adapters.file_limits import CONTENT_LIMITS, FILE_LIMITS
from ventros_channels.commands.tell_facts import TellableFact
from ventros_channels.domain.channel import Channel, ChannelType
from ventros_channels.domain.message import Heard, post_key
from ventros_channels.domain.waha.parse import CHANNEL_TYPE
from ventros_channels.events.raw_types import RAW_KINDS
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.store.provider_facts import FactKey
from ventros_channels.store.raw_events import RawEvent, RawRow
from ventros_channels.store.webhooks import SEQUENCED_TAIL

UNKNOWN_TYPE: Final = RAW_KINDS["waha"].unknown

SOURCE: Final = "ventros/channels"
_encode = msgspec.json.Encoder().encode


def channel_created(channel: Channel) -> Outgoing:
    """`channel.created`."""
    event = ChannelCreated(
        channel_id=channel.id,
        name=channel.name,
        type=channel.type,
        status=channel.status,
        external_id=channel.external_id,
        default_session_timeout_minutes=channel.default_session_timeout_minutes,
        capabilities=capabilities(channel),
        ai=ai(channel),
        created_at=channel.created_at,
    )
    return _of(channel, event)


def channel_updated(channel: Channel) -> Outgoing:
    """`channel.updated`, with all of the channel as it now is."""
    event = ChannelUpdated(
        channel_id=channel.id,
        name=channel.name,
        type=channel.type,
        status=channel.status,
        external_id=channel.external_id,
        default_session_timeout_minutes=channel.default_session_timeout_minutes,
        capabilities=capabilities(channel),
        ai=ai(channel),
        updated_at=channel.updated_at,
    )
    return _of(channel, event)


def channel_deleted(channel: Channel) -> Outgoing:
    """`channel.deleted`."""
    return _of(channel, ChannelDeleted(channel_id=channel.id, deleted_at=channel.updated_at))


def message_received(
    heard: Heard, cause: Envelope, raw: ProviderEvent, provider: ChannelType = CHANNEL_TYPE
) -> tuple[Outgoing, UUID]:
    """`channel.message_received` and the message's id. Both ids follow from the fact alone.

    So every telling of one message, and every replay, makes the same event.
    """
    channel = str(raw.channel_id)
    message = _message(heard, raw, provider)
    outgoing = Outgoing(
        event=ChannelMessageReceived(message=message),
        id=id_at(heard.occurred_at, *_seed(heard, raw), "channel.message_received"),
        tenant_id=cause.tenant_id,
        project_id=cause.project_id,
        subject=raw.channel_id,
        sequence=raw.ingress_seq,
        partition_key=f"{channel}:{heard.chat}",
        cause=cause,
    )
    return outgoing, message.id


def message_kept(
    heard: Heard, stamp: Stamp, provider: ChannelType, mark: FromHistory
) -> tuple[ChatMessage, UUID]:
    """A message that was fetched, and its event's id: those that a webhook of it would have."""
    message = msgspec.structs.replace(_message(heard, stamp, provider), history=mark)
    return message, id_at(heard.occurred_at, *_seed(heard, stamp), "channel.message_received")


def group_message(heard: Heard, raw: ProviderEvent) -> Fact:
    """`channel.group_message_received`."""
    event = ChannelGroupMessageReceived(
        message=_message(heard, raw, CHANNEL_TYPE), participant=heard.party
    )
    key = post_key(heard.stanza, from_me=heard.from_me)
    return Fact(event=event, key=key, at=heard.occurred_at, group=True)


def fact_told(
    fact: Fact, cause: Envelope, raw: ProviderEvent | Stamp
) -> tuple[FactKey, TellableFact]:
    """A fact as an event; its id follows from the fact alone, as that of a message does."""
    kind = info_of(type(fact.event)).type
    channel = str(raw.channel_id)
    outgoing = Outgoing(
        event=fact.event,
        id=id_at(fact.at, channel, kind, fact.key),
        tenant_id=cause.tenant_id,
        project_id=cause.project_id,
        subject=raw.channel_id,
        sequence=raw.ingress_seq,
        partition_key=channel,
        cause=cause,
    )
    return FactKey(raw.channel_id, kind, fact.key), TellableFact(outgoing, fact.group)


def _seed(heard: Heard, raw: ProviderEvent | Stamp) -> tuple[str, str, str]:
    return str(raw.channel_id), heard.stanza, "out" if heard.from_me else "in"


def _message(heard: Heard, raw: ProviderEvent | Stamp, provider: ChannelType) -> ChatMessage:
    # The provider's time has seconds: what came at once is in order by the ids' milliseconds.
    at = heard.occurred_at + timedelta(milliseconds=min(heard.place, 999))
    return ChatMessage(
        id=id_at(at, *_seed(heard, raw), "message"),
        channel_id=raw.channel_id,
        channel_type=provider,
        provider_message_id=heard.provider_message_id,
        stanza=heard.stanza,
        chat=heard.chat,
        from_me=heard.from_me,
        party=heard.party,
        push_name=heard.push_name,
        source=heard.source,
        occurred_at=heard.occurred_at,
        received_at=raw.received_at,
        ingress_seq=raw.ingress_seq,
        content=heard.content,
        mentions=heard.mentions,
        reply_to=heard.reply_to,
        referral=heard.referral,
    )


def type_of_event(event: str, provider: ChannelType = CHANNEL_TYPE) -> str:
    """The type of a provider's raw event; every name that we do not know shares one."""
    return RAW_KINDS[provider].type_of(event)


class RawFrame:
    """What the envelopes of a channel's raw events have in common, written once."""

    def __init__(
        self,
        *,
        tenant_id: UUID,
        project_id: UUID,
        channel_id: UUID,
        provider: ChannelType = CHANNEL_TYPE,
    ) -> None:
        channel = str(channel_id)
        self.provider = provider
        self.shard = shard_of(channel)
        self._before = f'","subject":"{channel}","time":"'
        self._between = (
            f'","tenantid":"{tenant_id}","projectid":"{project_id}","partitionkey":"{channel}",'
            '"datacontenttype":"application/json","causationid":null,"traceparent":null,'
            '"correlationid":"'
        )
        self._data = f'","data":{{"channel_id":"{channel}","raw_event_id":"'

    def head(
        self, *, envelope_id: UUID, raw_event_id: UUID, event: str, received_at: datetime
    ) -> bytes:
        """An envelope up to its body.

        Behind it come the body, unchanged, and the number that the database gives it, which is
        why the envelope is not encoded in one piece: one statement draws the number and writes
        the row.
        """
        kind = type_of_event(event, self.provider)
        own = str(envelope_id)
        raw = own if raw_event_id == envelope_id else str(raw_event_id)
        moment = received_at.isoformat().replace("+00:00", "Z")
        return (
            f'{{"specversion":"1.0","id":"{own}","source":"{SOURCE}","type":"{kind}'
            f'{self._before}{moment}","dataschema":"{schema_address(kind)}'
            f'{self._between}{own}{self._data}{raw}","received_at":"{moment}","event":'
        ).encode() + b"".join((_encode(event), b',"body":'))


def raw_again(event: RawEvent, readable: bytes) -> RawRow:
    """The outbox row of a raw event that is told again.

    Under a new envelope id, or the inbox would pass over it; what follows from it keeps its ids.
    """
    envelope_id = new_id()
    frame = RawFrame(
        tenant_id=event.tenant_id,
        project_id=event.project_id,
        channel_id=event.channel_id,
        provider=event.provider,
    )
    head = frame.head(
        envelope_id=envelope_id,
        raw_event_id=event.id,
        event=event.event,
        received_at=event.received_at,
    )
    return RawRow(
        tenant_id=event.tenant_id,
        shard=frame.shard,
        id=envelope_id,
        type=type_of_event(event.event, event.provider),
        envelope=head + readable + (SEQUENCED_TAIL % (event.seq, event.seq)).encode(),
    )


def capabilities(channel: Channel) -> ChannelCapabilities:
    """What the channel's provider sends, as the contract says it."""
    can = CAPABILITIES[channel.type]
    return ChannelCapabilities(
        sends=sorted(can.sends),
        text_limit=can.text_limit,
        window_hours=can.window_hours,
        acts=sorted(ACTS.get(channel.type, frozenset())),
        groups=can.groups and channel.allow_groups,
        extras=sorted(can.extras),
        files=FILE_LIMITS.get(channel.type),
        contents=CONTENT_LIMITS.get(channel.type),
    )


def ai(channel: Channel) -> ChannelAi | None:
    """What is done with the channel's messages by machines; None if nothing is."""
    if not channel.ai.enabled:
        return None
    return ChannelAi(
        debounce_timeout_ms=channel.ai.debounce_timeout_ms, processed=list(channel.ai.processed)
    )


def _of(channel: Channel, event: msgspec.Struct) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=channel.tenant_id,
        project_id=channel.project_id,
        subject=channel.id,
        sequence=channel.version,
        partition_key=str(channel.id),
    )
