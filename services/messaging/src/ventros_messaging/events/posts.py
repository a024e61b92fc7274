"""Messages of groups: stored in their chat, with neither contact nor session, and sent there."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from platform_bus import Consumer, Outgoing, Received
from platform_postgres import Tx
from proto_events import sending as sending_events
from proto_events.provider_facts import ChannelGroupMessageReceived, MessageRef
from proto_events.registry import DOMAIN_EXCHANGE
from ventros_messaging.commands.record_messages import Recording, record_messages
from ventros_messaging.commands.send_to_chat import Posted
from ventros_messaging.domain.additions import Person
from ventros_messaging.domain.message import Message
from ventros_messaging.events import chats, publish, sending
from ventros_messaging.events.facts import addresses_of, apply_early
from ventros_messaging.events.told import as_told, import_of
from ventros_messaging.store import participants
from ventros_messaging.store.chats import Place
from ventros_messaging.store.documents import without_nul
from ventros_messaging.store.participants import Named


async def on_group_message(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[ChannelGroupMessageReceived]]
) -> None:
    """Store messages of groups and say so.

    Raises:
        Invalid: a content is not whole (see `domain.content`).
    """
    known = await chats.meet_groups(tx, tenant_id, events)
    heard = [(received.data.message, received.envelope) for received in events]
    ours = await sending.settle_ours(tx, tenant_id, heard)
    recordings: list[Recording] = []
    for received in events:
        told = received.data.message
        message = Message(
            project_id=received.envelope.project_id,
            contact_id=None,
            session_id=None,
            chat_id=known[Place(told.channel_id, told.chat)],
            author=_author(received.data),
            **as_told(told, ours),
        )
        cause = publish.cause_of(received.envelope)
        said = publish.message_posted(tenant_id, message, cause=cause, import_id=import_of(told))
        recordings.append(Recording(message, said))
    waiting = await record_messages(tx, tenant_id, recordings)
    await participants.learn(tx, tenant_id, _named(recordings))
    if waiting:
        await apply_early(tx, tenant_id, waiting)


CONSUMER: Final = Consumer(
    name="messaging.posts",
    types={"channel.group_message_received.v1": ChannelGroupMessageReceived},
    handle=on_group_message,
    exchange=DOMAIN_EXCHANGE,
)


def post_requested(tenant_id: UUID, posted: Posted, *, link_preview: bool) -> Outgoing:
    """`message.post_requested`: what is asked for one group is sent in this order."""
    message, original = posted.message, posted.original
    if message.content is None:
        raise ValueError("what is queued has a content")
    outbound = sending_events.Outbound(
        content=publish.content_of(message.content),
        reply_to=None
        if original is None
        else MessageRef(chat=posted.chat, stanza=original.stanza, from_me=original.from_me),
        reply_to_id=None if original is None else original.provider_message_id,
        mentions=posted.mentions,
        link_preview=link_preview,
    )
    return Outgoing(
        event=sending_events.MessagePostRequested(
            message_id=message.id,
            channel_id=message.channel_id,
            chat_id=posted.chat_id,
            chat=posted.chat,
            outbound=outbound,
            expires_at=message.expires_at,
            requested_at=message.requested_at,
        ),
        tenant_id=tenant_id,
        project_id=message.project_id,
        subject=message.id,
        sequence=1,
        partition_key=str(posted.chat_id),
    )


def _named(recordings: Sequence[Recording]) -> list[Named]:
    """Who wrote under which name, by each of their addresses."""
    found: list[Named] = []
    for message in (one.message for one in recordings):
        author = message.author
        if author is None or message.chat_id is None or not author.name:
            continue
        found += [
            Named(
                chat_id=message.chat_id,
                address=address,
                name=author.name,
                said_at=message.occurred_at,
            )
            for address in author.addresses
        ]
    return found


def _author(data: ChannelGroupMessageReceived) -> Person:
    if data.message.from_me:
        return Person(from_me=True)
    return Person(
        from_me=False,
        addresses=addresses_of(data.participant),
        name=without_nul(data.message.push_name),
    )
