"""What sessions hears: from the contract to its commands."""

from collections.abc import Sequence
from typing import Final, TypeAlias
from uuid import UUID

from platform_aliases import Link
from platform_bus import Consumer, Received
from platform_core.clock import utc_now
from platform_postgres import Tx
from proto_events.channels import (
    ChannelCreated,
    ChannelDeleted,
    ChannelSnapshot,
    ChannelUpdated,
)
from proto_events.contacts import (
    AliasLink,
    ContactInteractionRecorded,
    ContactMerged,
    ContactSnapshot,
    ContactUnmerged,
)
from proto_events.identity import (
    ProjectCreated,
    ProjectDeleted,
    ProjectSnapshot,
    ProjectUpdated,
)
from proto_events.registry import DOMAIN_EXCHANGE, PIPELINE_EXCHANGE
from ventros_sessions.commands.apply_timeouts import apply_timeouts
from ventros_sessions.commands.join_people import join_people
from ventros_sessions.commands.record_messages import record_messages
from ventros_sessions.domain.session import Message
from ventros_sessions.events import publish
from ventros_sessions.events.publish import Told
from ventros_sessions.store.timeouts import Setting

Owner: TypeAlias = (
    ChannelCreated
    | ChannelUpdated
    | ChannelDeleted
    | ChannelSnapshot
    | ProjectCreated
    | ProjectUpdated
    | ProjectDeleted
    | ProjectSnapshot
)
"""What a timeout can belong to, created, changed, deleted, or said once more."""

People: TypeAlias = ContactMerged | ContactUnmerged | ContactSnapshot
"""What tells which contacts are one person."""


async def on_interaction_recorded(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[ContactInteractionRecorded]]
) -> None:
    """Put each message of a bundle into its session; four statements when all are open."""
    now = utc_now()
    links = [
        Link(link.node_id, link.root_id, link.version)
        for received in events
        for link in received.data.aliases
    ]
    done = await record_messages(
        tx, tenant_id, [_message(received) for received in events], links, now
    )
    told = [
        Told(
            cause=received.envelope,
            contact_id=received.data.contact_id,
            root_id=message.root_id,
            aliases=_aliases(done.paths[message.contact_id])
            if message.contact_id in done.paths
            else received.data.aliases,
            message=received.data.message,
        )
        for received, message in zip(events, done.messages, strict=True)
    ]
    await publish.say_recorded(tx, done.facts, told, now)


async def on_people_changed(tx: Tx, tenant_id: UUID, events: Sequence[Received[People]]) -> None:
    """Keep up with joins and partings, told one by one or once more."""
    now = utc_now()
    nodes: set[tuple[UUID, UUID]] = set()
    links: list[Link] = []
    for received in events:
        told = _links(received)
        if told:
            nodes.add((UUID(received.envelope.subject), received.envelope.project_id))
            links += told
    facts = await join_people(tx, tenant_id, nodes, links, now)
    await publish.say(tx, facts, now, cause=events[-1].envelope)


async def on_setting_changed(tx: Tx, tenant_id: UUID, events: Sequence[Received[Owner]]) -> None:
    """Keep up with the timeouts of channels and projects."""
    settings = [_setting(received) for received in events]
    facts = await apply_timeouts(tx, tenant_id, settings)
    await publish.say(tx, facts, utc_now(), cause=events[-1].envelope)


CONSUMERS: Final = (
    Consumer(
        name="sessions.interactions",
        types={"contact.interaction_recorded.v1": ContactInteractionRecorded},
        handle=on_interaction_recorded,
        exchange=PIPELINE_EXCHANGE,
        laned=True,
    ),
    Consumer(
        name="sessions.aliases",
        types={
            "contact.merged.v1": ContactMerged,
            "contact.unmerged.v1": ContactUnmerged,
            "contact.snapshot.v1": ContactSnapshot,
        },
        handle=on_people_changed,
        exchange=DOMAIN_EXCHANGE,
    ),
    Consumer(
        name="sessions.copies",
        types={
            "channel.created.v1": ChannelCreated,
            "channel.updated.v1": ChannelUpdated,
            "channel.deleted.v1": ChannelDeleted,
            "channel.snapshot.v1": ChannelSnapshot,
            "project.created.v1": ProjectCreated,
            "project.updated.v1": ProjectUpdated,
            "project.deleted.v1": ProjectDeleted,
            "project.snapshot.v1": ProjectSnapshot,
        },
        handle=on_setting_changed,
        exchange=DOMAIN_EXCHANGE,
    ),
)


def _message(received: Received[ContactInteractionRecorded]) -> Message:
    recorded, told = received.data, received.data.message
    return Message(
        contact_id=recorded.contact_id,
        root_id=recorded.root_id,
        project_id=received.envelope.project_id,
        channel_id=told.channel_id,
        # PostgreSQL stores no NUL, and a conversation is worth more than the name of its provider.
        channel_type=told.channel_type.replace("\0", "\ufffd"),
        from_contact=not told.from_me,
        occurred_at=told.occurred_at,
        received_at=told.received_at,
        historic=told.history is not None,
    )


def _aliases(path: Sequence[Link]) -> list[AliasLink]:
    return [
        AliasLink(node_id=link.node, root_id=link.root or link.node, version=link.version)
        for link in path
    ]


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


def _setting(received: Received[Owner]) -> Setting:
    """What the event says of the timeout; one that is deleted says nothing any more."""
    data, envelope = received.data, received.envelope
    minutes: float | None = None
    deleted = False
    match data:
        case ChannelDeleted() | ProjectDeleted():
            deleted = True
        case ChannelSnapshot() | ProjectSnapshot() if data.deleted_at is not None:
            deleted = True
        case ChannelCreated() | ChannelUpdated() | ChannelSnapshot():
            minutes = data.default_session_timeout_minutes
        case ProjectCreated() | ProjectUpdated() | ProjectSnapshot():
            minutes = data.session_timeout_minutes
    return Setting(
        scope="channel" if envelope.type.startswith("channel.") else "project",
        id=UUID(envelope.subject),
        project_id=envelope.project_id,
        sequence=envelope.sequence,
        minutes=minutes,
        deleted=deleted,
    )
