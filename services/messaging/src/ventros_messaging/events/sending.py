"""What messaging says and hears of messages of ours on their way, and the copies that they need."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from platform_bus import Consumer, Outgoing, Received, emit
from platform_postgres import Tx
from proto_events import sending
from proto_events.channels import (
    ChannelCreated,
    ChannelDeleted,
    ChannelSnapshot,
    ChannelUpdated,
)
from proto_events.contacts import (
    ContactCreated,
    ContactDeleted,
    ContactRestored,
    ContactSnapshot,
    ContactUpdated,
)
from proto_events.conversation import ChatMessage
from proto_events.envelope import Envelope
from proto_events.messaging import MessageFailed, MessageSent
from proto_events.provider_facts import MessageRef
from proto_events.registry import DOMAIN_EXCHANGE
from proto_events.sending import (
    ChannelMessageFailed,
    ChannelMessageSent,
    MessageSendRequested,
    SendingExtra,
)
from ventros_messaging.commands.send_message import Queued
from ventros_messaging.domain.content_limits import ContentLimits
from ventros_messaging.domain.outgoing import OutgoingMessage
from ventros_messaging.domain.upload import FileLimit
from ventros_messaging.events.publish import cause_of, content_of
from ventros_messaging.store import file_limits, outgoing, recipients, windows
from ventros_messaging.store.documents import without_nul
from ventros_messaging.store.file_limits import LimitsTold
from ventros_messaging.store.outgoing import Ours, Settled
from ventros_messaging.store.recipients import ChannelTold, ContactTold
from ventros_messaging.store.windows import WindowTold

Fate: TypeAlias = ChannelMessageSent | ChannelMessageFailed
Number: TypeAlias = ChannelCreated | ChannelUpdated | ChannelDeleted | ChannelSnapshot
Person: TypeAlias = (
    ContactCreated | ContactUpdated | ContactDeleted | ContactRestored | ContactSnapshot
)


def send_requested(tenant_id: UUID, queued: Queued, *, link_preview: bool) -> Outgoing:
    """`message.send_requested`: what is asked for one person is sent in this order."""
    message, original = queued.message, queued.original
    if message.content is None or message.contact_id is None:
        raise ValueError("what is queued for a contact has a content")
    chat = queued.chat or queued.recipient[0].value
    event = MessageSendRequested(
        message_id=message.id,
        channel_id=message.channel_id,
        contact_id=message.contact_id,
        chat=queued.chat,
        recipient=queued.recipient,
        outbound=sending.Outbound(
            content=content_of(message.content),
            template=queued.template,
            reply_to=None
            if original is None
            else MessageRef(chat=chat, stanza=original.stanza, from_me=original.from_me),
            mentions=queued.mentions,
            link_preview=link_preview,
        ),
        expires_at=message.expires_at,
        requested_at=message.requested_at,
    )
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=message.project_id,
        subject=message.id,
        sequence=1,
        partition_key=str(queued.person),
    )


async def settle_ours(
    tx: Tx, tenant_id: UUID, told: Sequence[tuple[ChatMessage, Envelope]]
) -> dict[UUID, Ours]:
    """Those of the messages that were sent from here; nothing is asked of the others.

    One of which nobody said yet that it was sent is said to be now, before it is said to be there:
    what tells of it comes on another way than the message.
    """
    causes = {one.id: (one, cause) for one, cause in told if one.from_me and one.source == "api"}
    known = await outgoing.ours(tx, tenant_id, list(causes)) if causes else []
    ours = {one.id: one for one in known}
    open_ones = [one.id for one in known if one.status != "sent"]
    if not open_ones:
        return ours
    sent = [Settled(id=one, status="sent", at=causes[one][0].occurred_at) for one in open_ones]
    changed = await outgoing.settle(tx, tenant_id, sent)
    for one in changed.values():
        ours[one.id] = msgspec.structs.replace(ours[one.id], status="sent", version=one.version)
    said = [
        _became(tenant_id, changed[one], cause_of(causes[one][1]))
        for one in open_ones
        if one in changed
    ]
    await emit(tx, said)
    return ours


async def on_fate(tx: Tx, tenant_id: UUID, events: Sequence[Received[Fate]]) -> None:
    """What became of messages of ours; those of others are not known here."""
    said: list[Outgoing] = []
    for fates in _rounds(events):
        settled = [_settled(one.data) for one in fates]
        causes = [cause_of(one.envelope) for one in fates]
        changed = await outgoing.settle(tx, tenant_id, settled)
        said += [
            _became(tenant_id, changed[one.id], cause)
            for one, cause in zip(settled, causes, strict=True)
            if one.id in changed
        ]
    await emit(tx, said)


async def on_channel(tx: Tx, tenant_id: UUID, events: Sequence[Received[Number]]) -> None:
    """Keep up with the channels that can be sent by."""
    await recipients.learn_channels(tx, tenant_id, [_channel(event) for event in events])
    await windows.learn(tx, tenant_id, [_window(event) for event in events])
    await file_limits.learn(tx, tenant_id, [_file_limits(event) for event in events])


async def on_contact(tx: Tx, tenant_id: UUID, events: Sequence[Received[Person]]) -> None:
    """Keep up with the contacts that can be written to."""
    await recipients.learn_contacts(tx, tenant_id, [_contact(event) for event in events])


CONSUMERS: Final = (
    Consumer(
        name="messaging.sending",
        types={
            "channel.message_sent.v1": ChannelMessageSent,
            "channel.message_failed.v1": ChannelMessageFailed,
        },
        handle=on_fate,
        exchange=DOMAIN_EXCHANGE,
    ),
    Consumer(
        name="messaging.channels",
        types={
            "channel.created.v1": ChannelCreated,
            "channel.updated.v1": ChannelUpdated,
            "channel.deleted.v1": ChannelDeleted,
            "channel.snapshot.v1": ChannelSnapshot,
        },
        handle=on_channel,
        exchange=DOMAIN_EXCHANGE,
    ),
    Consumer(
        name="messaging.recipients",
        types={
            "contact.created.v1": ContactCreated,
            "contact.updated.v1": ContactUpdated,
            "contact.deleted.v1": ContactDeleted,
            "contact.restored.v1": ContactRestored,
            "contact.snapshot.v1": ContactSnapshot,
        },
        handle=on_contact,
        exchange=DOMAIN_EXCHANGE,
    ),
)


def _rounds(events: Sequence[Received[Fate]]) -> list[list[Received[Fate]]]:
    """What is told of each message, in its order: the first of each, then the second. In a round
    no message is there twice, so it is one statement; there is nearly never more than one."""
    rounds: list[list[Received[Fate]]] = []
    told: Counter[UUID] = Counter()
    for event in sorted(events, key=lambda one: one.data.message_id):
        place = told[event.data.message_id]
        told[event.data.message_id] += 1
        if place == len(rounds):
            rounds.append([])
        rounds[place].append(event)
    return rounds


def _settled(fate: Fate) -> Settled:
    match fate:
        case ChannelMessageSent():
            return Settled(id=fate.message_id, status="sent", at=fate.sent_at)
        case ChannelMessageFailed():
            return Settled(
                id=fate.message_id,
                status="failed",
                at=fate.failed_at,
                failure=fate.failure,
                reason=fate.reason.replace("\0", "\ufffd"),
                code=without_nul(fate.code),
            )


def _became(tenant_id: UUID, message: OutgoingMessage, cause: Envelope) -> Outgoing:
    """`message.sent` or `message.failed`."""
    if message.settled_at is None:
        raise ValueError("what is settled has a time")
    event: MessageSent | MessageFailed
    if message.status == "sent":
        event = MessageSent(message_id=message.id, sent_at=message.settled_at)
    else:
        event = MessageFailed(
            message_id=message.id,
            failure_reason=message.failure_reason or "",
            failure=message.failure,
            code=message.failure_code,
            failed_at=message.settled_at,
        )
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=message.project_id,
        subject=message.id,
        sequence=message.version,
        partition_key=str(message.contact_id or message.chat_id),
        cause=cause,
    )


def _channel(event: Received[Number]) -> ChannelTold:
    data, envelope = event.data, event.envelope
    active, sends, text_limit, ai, acts, groups = False, None, None, None, None, None
    extras: list[SendingExtra] | None = None
    match data:
        case ChannelCreated() | ChannelUpdated() | ChannelSnapshot():
            gone = isinstance(data, ChannelSnapshot) and data.deleted_at is not None
            active = data.status == "active" and not gone
            ai = None if gone else data.ai
            if data.capabilities is not None:
                sends, text_limit = data.capabilities.sends, data.capabilities.text_limit
                acts, groups = data.capabilities.acts, data.capabilities.groups
                extras = data.capabilities.extras
        case ChannelDeleted():
            active = False
    return ChannelTold(
        id=UUID(envelope.subject),
        project_id=envelope.project_id,
        version=envelope.sequence,
        active=active,
        sends=None if sends is None else [str(one) for one in sends],
        text_limit=text_limit,
        debounce_ms=None if ai is None else ai.debounce_timeout_ms,
        ai_processed=None if ai is None else [str(one) for one in ai.processed],
        acts=None if acts is None else [str(one) for one in acts],
        groups=groups,
        extras=None if extras is None else [str(one) for one in extras],
    )


def _window(event: Received[Number]) -> WindowTold:
    data, envelope = event.data, event.envelope
    capabilities = None if isinstance(data, ChannelDeleted) else data.capabilities
    return WindowTold(
        channel_id=UUID(envelope.subject),
        version=envelope.sequence,
        hours=None if capabilities is None else capabilities.window_hours,
    )


def _file_limits(event: Received[Number]) -> LimitsTold:
    data, envelope = event.data, event.envelope
    capabilities = None if isinstance(data, ChannelDeleted) else data.capabilities
    files = None if capabilities is None else capabilities.files
    return LimitsTold(
        channel_id=UUID(envelope.subject),
        version=envelope.sequence,
        limits=None
        if files is None
        else [
            FileLimit(type=one.type, max_bytes=one.max_bytes, mimetypes=one.mimetypes)
            for one in files
        ],
        contents=None
        if capabilities is None or capabilities.contents is None
        else msgspec.convert(capabilities.contents, ContentLimits, from_attributes=True),
    )


def _contact(event: Received[Person]) -> ContactTold:
    data, envelope = event.data, event.envelope
    deleted, phone, phone_told = False, None, True
    match data:
        case ContactSnapshot():
            deleted, phone = data.deleted_at is not None, data.phone
        case ContactCreated() | ContactUpdated():
            phone = data.phone
        case ContactDeleted():
            deleted, phone_told = True, False
        case ContactRestored():
            phone_told = False
    return ContactTold(
        id=UUID(envelope.subject),
        project_id=envelope.project_id,
        version=envelope.sequence,
        deleted=deleted,
        phone=None if phone is None else phone.replace("\0", ""),
        phone_told=phone_told,
    )
