"""What messaging hears: from the contract to its commands."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from uuid import UUID

from platform_aliases import Link
from platform_bus import Consumer, Received
from platform_postgres import Tx
from proto_events.contacts import ContactMerged, ContactSnapshot, ContactUnmerged
from proto_events.registry import DOMAIN_EXCHANGE, PIPELINE_EXCHANGE
from proto_events.sessions import SessionMessageRecorded
from ventros_messaging.commands.learn_contacts import learn_contacts
from ventros_messaging.commands.record_messages import Recording, record_messages
from ventros_messaging.domain.message import Message
from ventros_messaging.events import actions, chats, enrichments, files, posts, publish, sending
from ventros_messaging.events.facts import TYPES, apply_early, on_message_facts
from ventros_messaging.events.labels import CONSUMER as LABELS
from ventros_messaging.events.marketing import CONSUMER as MARKETING
from ventros_messaging.events.sessions import CONSUMER as SESSIONS
from ventros_messaging.events.templates import CONSUMER as TEMPLATES
from ventros_messaging.events.told import as_told, import_of
from ventros_messaging.store.outgoing import Ours

People: TypeAlias = ContactMerged | ContactUnmerged | ContactSnapshot
"""What tells which contacts are one person."""


async def on_message_recorded(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[SessionMessageRecorded]]
) -> None:
    """Store the messages of a bundle and say so: one statement, and more where contacts were
    joined or something was told of a message before it came.

    Raises:
        Invalid: a content is not whole (see `domain.content`).
    """
    joined = [received for received in events if received.data.aliases]
    await learn_contacts(
        tx,
        tenant_id,
        [(received.data.contact_id, received.envelope.project_id) for received in joined],
        [
            Link(link.node_id, link.root_id, link.version)
            for received in joined
            for link in received.data.aliases
        ],
    )
    await chats.meet(tx, tenant_id, events)
    told = [(received.data.message, received.envelope) for received in events]
    ours = await sending.settle_ours(tx, tenant_id, told)
    recordings = [_recording(received, ours) for received in events]
    waiting = await record_messages(tx, tenant_id, recordings)
    if waiting:
        await apply_early(tx, tenant_id, waiting)


async def on_contact_merged(tx: Tx, tenant_id: UUID, events: Sequence[Received[People]]) -> None:
    """Keep up with joins and partings, told one by one or once more."""
    joined = [(received, links) for received in events if (links := _links(received))]
    await learn_contacts(
        tx,
        tenant_id,
        [(UUID(received.envelope.subject), received.envelope.project_id) for received, _ in joined],
        [link for _, links in joined for link in links],
    )


CONSUMERS: Final = (
    Consumer(
        name="messaging.recorded",
        types={"session.message_recorded.v1": SessionMessageRecorded},
        handle=on_message_recorded,
        exchange=PIPELINE_EXCHANGE,
        laned=True,
    ),
    Consumer(
        name="messaging.aliases",
        types={
            "contact.merged.v1": ContactMerged,
            "contact.unmerged.v1": ContactUnmerged,
            "contact.snapshot.v1": ContactSnapshot,
        },
        handle=on_contact_merged,
        exchange=DOMAIN_EXCHANGE,
    ),
    Consumer(
        name="messaging.facts",
        types=dict(TYPES),
        handle=on_message_facts,
        exchange=DOMAIN_EXCHANGE,
    ),
    Consumer(
        name="messaging.chats",
        types=dict(chats.TYPES),
        handle=chats.on_chat_facts,
        exchange=DOMAIN_EXCHANGE,
    ),
    posts.CONSUMER,
    files.CONSUMER,
    actions.CONSUMER,
    LABELS,
    MARKETING,
    SESSIONS,
    TEMPLATES,
    *sending.CONSUMERS,
    *enrichments.CONSUMERS,
)


def _links(received: Received[People]) -> list[Link]:
    """The edges that an event tells: of a join or a parting, the subject's with its version; of a
    snapshot, all up to the root, and none for a contact that was never joined.
    """
    node, version = UUID(received.envelope.subject), received.envelope.sequence
    match received.data:
        case ContactMerged(primary_contact_id=root):
            return [Link(node, root, version)]
        case ContactUnmerged():
            return [Link(node, None, version)]
        case ContactSnapshot(aliases=aliases):
            return [Link(link.node_id, link.root_id, link.version) for link in aliases]


def _recording(received: Received[SessionMessageRecorded], ours: Mapping[UUID, Ours]) -> Recording:
    message, cause = _message(received, ours), received.envelope
    said = publish.message_created(
        cause.tenant_id, message, cause=cause, import_id=import_of(received.data.message)
    )
    return Recording(message, said)


def _message(received: Received[SessionMessageRecorded], ours: Mapping[UUID, Ours]) -> Message:
    recorded, told = received.data, received.data.message
    return Message(
        project_id=received.envelope.project_id,
        contact_id=recorded.contact_id,
        session_id=recorded.session_id,
        **as_told(told, ours),
    )
