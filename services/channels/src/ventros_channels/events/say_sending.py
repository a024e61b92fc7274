"""What becomes of a message of ours, from what is true here to what the contracts say."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from platform_bus import Outgoing
from proto_events import envelope as frame
from proto_events.channels import ChannelMessageReceived
from proto_events.conversation import ChatMessage, Content, PartyIdentity, ReplyTo
from proto_events.envelope import Envelope
from proto_events.provider_facts import ChannelGroupMessageReceived
from proto_events.sending import (
    ChannelMessageFailed,
    ChannelMessageSent,
    FailureClass,
)
from ventros_channels.domain.adapter import Sent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.delivery import Delivery
from ventros_channels.domain.whatsapp_cloud.people import party_of_chat, read_bsuid

_WORDLESS: Final = Content(type="text")


def message_sent(delivery: Delivery, sent: Sent) -> Outgoing:
    """`channel.message_sent`."""
    event = ChannelMessageSent(
        message_id=delivery.id,
        channel_id=delivery.channel_id,
        provider_message_id=sent.provider_message_id,
        stanza=sent.stanza,
        chat=sent.chat,
        sent_at=sent.sent_at,
    )
    return _of(frame.decode(delivery.asked), event, sequence=2)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a message was not sent; `reason` is for a person to read, `code` the provider's."""

    failure: FailureClass
    reason: str
    code: str | None = None


NOT_IN_USE: Final = Failure(
    failure="unavailable", reason="The channel is not in use.", code="channel_inactive"
)


def message_failed(
    cause: Envelope, message_id: UUID, channel_id: UUID, why: Failure, at: datetime
) -> Outgoing:
    """`channel.message_failed`."""
    event = ChannelMessageFailed(
        message_id=message_id,
        channel_id=channel_id,
        failure=why.failure,
        code=why.code,
        reason=why.reason,
        failed_at=at,
    )
    return _of(cause, event, sequence=1)


def message_told(
    delivery: Delivery, sent: Sent, *, channel_type: ChannelType, place: int, now: datetime
) -> Outgoing:
    """`channel.message_received` of our own message, under the id that messaging gave it.

    So it goes the way of every message, and is counted where the others are.
    """
    cause = frame.decode(delivery.asked)
    message = _message(delivery, sent, channel_type, place, now)
    return Outgoing(
        event=ChannelMessageReceived(message=message),
        tenant_id=delivery.tenant_id,
        project_id=cause.project_id,
        subject=delivery.channel_id,
        sequence=place,
        partition_key=f"{delivery.channel_id}:{sent.chat}",
        cause=cause,
    )


def post_told(
    delivery: Delivery, sent: Sent, *, channel_type: ChannelType, place: int, now: datetime
) -> Outgoing:
    """`channel.group_message_received` of our own message in a group, under messaging's id."""
    cause = frame.decode(delivery.asked)
    message = _message(delivery, sent, channel_type, place, now)
    return Outgoing(
        event=ChannelGroupMessageReceived(message=message, participant=[]),
        tenant_id=delivery.tenant_id,
        project_id=cause.project_id,
        subject=delivery.channel_id,
        sequence=place,
        partition_key=str(delivery.channel_id),
        cause=cause,
    )


def _message(
    delivery: Delivery, sent: Sent, channel_type: ChannelType, place: int, now: datetime
) -> ChatMessage:
    reply = delivery.outbound.reply_to
    return ChatMessage(
        id=delivery.id,
        channel_id=delivery.channel_id,
        channel_type=channel_type,
        provider_message_id=sent.provider_message_id,
        stanza=sent.stanza,
        chat=sent.chat,
        from_me=True,
        party=[] if delivery.group else _party(delivery, sent.chat),
        source="api",
        occurred_at=sent.sent_at,
        received_at=now,
        ingress_seq=place,
        content=delivery.outbound.content or _WORDLESS,
        mentions=delivery.outbound.mentions,
        reply_to=None if reply is None else ReplyTo(stanza=reply.stanza),
    )


def _party(delivery: Delivery, chat: str) -> list[PartyIdentity]:
    """Whose chat it is; of somebody whose business-scoped id changed, both ids."""
    party, before = party_of_chat(chat), delivery.wrote_in
    if before is not None and read_bsuid(chat) and before != chat and read_bsuid(before):
        party.append(PartyIdentity(kind="bsuid", value=before))
    return party


def _of(
    cause: Envelope, event: ChannelMessageSent | ChannelMessageFailed, *, sequence: int
) -> Outgoing:
    """`sequence` 1 is a failure, 2 is sent: what was sent after all counts."""
    return Outgoing(
        event=event,
        tenant_id=cause.tenant_id,
        project_id=cause.project_id,
        subject=event.channel_id,
        sequence=sequence,
        partition_key=str(event.message_id),
        cause=cause,
    )
