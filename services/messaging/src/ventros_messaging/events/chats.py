"""What channels tells of chats: from the contract to `domain.chat`, and what is said of it."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from platform_bus import Outgoing, Received, emit
from platform_core.ids import new_id
from platform_postgres import Tx
from proto_events.chats import (
    ChatArchived,
    ChatClosed,
    ChatCreated,
    ChatDescriptionUpdated,
    ChatLabelAdded,
    ChatLabelRemoved,
    ChatParticipantAdded,
    ChatParticipantDemoted,
    ChatParticipantPromoted,
    ChatParticipantRemoved,
    ChatSubjectUpdated,
    ChatUnarchived,
)
from proto_events.conversation import PartyIdentity
from proto_events.envelope import Envelope
from proto_events.provider_facts import (
    ChannelChatArchived,
    ChannelGroupJoined,
    ChannelGroupLeft,
    ChannelGroupMessageReceived,
    ChannelGroupParticipantsChanged,
    ChannelGroupUpdated,
    ChannelLabelChatChanged,
    Participant,
)
from proto_events.sessions import SessionMessageRecorded
from ventros_messaging.commands.apply_chat_facts import Changed, Told, apply_chat_facts
from ventros_messaging.commands.meet_chats import KnownChats, meet_chats
from ventros_messaging.domain import chat as domain
from ventros_messaging.domain import chat_changes as differences
from ventros_messaging.domain import chat_facts as facts
from ventros_messaging.domain.additions import Address
from ventros_messaging.events.publish import cause_of
from ventros_messaging.store import chats as store
from ventros_messaging.store.chats import Place, Sighting
from ventros_messaging.store.documents import without_nul

ChatFact: TypeAlias = (
    ChannelGroupJoined
    | ChannelGroupLeft
    | ChannelGroupUpdated
    | ChannelGroupParticipantsChanged
    | ChannelChatArchived
    | ChannelLabelChatChanged
)

TYPES: Final[dict[str, type[ChatFact]]] = {
    "channel.group_joined.v1": ChannelGroupJoined,
    "channel.group_left.v1": ChannelGroupLeft,
    "channel.group_updated.v1": ChannelGroupUpdated,
    "channel.group_participants_changed.v1": ChannelGroupParticipantsChanged,
    "channel.chat_archived.v1": ChannelChatArchived,
    "channel.label.chat_changed.v1": ChannelLabelChatChanged,
}

_KNOWN: Final = KnownChats()


async def on_chat_facts(tx: Tx, tenant_id: UUID, events: Sequence[Received[ChatFact]]) -> None:
    """Apply what is told of chats, and say what changed."""
    causes = [cause_of(received.envelope) for received in events]
    outcome = await apply_chat_facts(tx, tenant_id, [_told(received) for received in events])
    said: list[Outgoing] = []
    for changed in outcome:
        said.extend(_said(tenant_id, changed, causes[changed.place]))
    await emit(tx, said)


async def meet(tx: Tx, tenant_id: UUID, events: Sequence[Received[SessionMessageRecorded]]) -> None:
    """Know the chats that these messages are written in; nearly always all are known."""
    new: dict[Place, Received[SessionMessageRecorded]] = {}
    for received in events:
        message = received.data.message
        place = Place(message.channel_id, message.chat)
        if not _KNOWN.has(tenant_id, place):
            new.setdefault(place, received)
    if not new:
        return
    sightings = [
        Sighting(place, new_id(), received.envelope.project_id, received.data.contact_id)
        for place, received in new.items()
    ]
    made = await meet_chats(tx, tenant_id, _KNOWN, sightings)
    await emit(tx, [_created(tenant_id, each, new[each.place].envelope) for each in made])


async def meet_groups(
    tx: Tx, tenant_id: UUID, events: Sequence[Received[ChannelGroupMessageReceived]]
) -> dict[Place, UUID]:
    """Know the groups that these messages are written in; their ids."""
    first: dict[Place, Envelope] = {}
    for received in events:
        message = received.data.message
        first.setdefault(Place(message.channel_id, message.chat), received.envelope)
    new = [
        Sighting(place, new_id(), envelope.project_id)
        for place, envelope in first.items()
        if not _KNOWN.has(tenant_id, place)
    ]
    if new:
        made = await meet_chats(tx, tenant_id, _KNOWN, new)
        await emit(tx, [_created(tenant_id, each, first[each.place]) for each in made])
    return await store.ids(tx, tenant_id, first)


def _told(received: Received[ChatFact]) -> Told:
    data = received.data
    place = Place(data.channel_id, data.chat)
    return Told(
        Sighting(place, new_id(), received.envelope.project_id),
        _fact(data),
        domain.When(at=data.at, ingress_seq=data.ingress_seq),
    )


def _fact(data: ChatFact) -> facts.Fact:
    match data:
        case ChannelGroupJoined():
            return facts.Entered(
                subject=without_nul(data.subject),
                description=without_nul(data.description),
                admins_only=data.admins_only,
                members=_members(data.participants),
            )
        case ChannelGroupLeft():
            return facts.Left()
        case ChannelGroupUpdated():
            return facts.Updated(
                subject=without_nul(data.subject),
                description=without_nul(data.description),
                admins_only=data.admins_only,
            )
        case ChannelGroupParticipantsChanged():
            return facts.Moved(change=data.change, members=_members(data.participants))
        case ChannelChatArchived():
            return facts.Archived(on=data.archived)
        case ChannelLabelChatChanged():
            return facts.Labelled(label_id=without_nul(data.label_id) or "", on=data.labelled)


def _members(told: Sequence[Participant]) -> tuple[facts.Member, ...]:
    return tuple(
        facts.Member(addresses=_addresses(each), role=each.role, me=each.me)
        for each in told
        if each.party
    )


def _addresses(told: Participant) -> tuple[Address, ...]:
    party = {Address(kind=one.kind, value=without_nul(one.value) or "") for one in told.party}
    return tuple(sorted(party))


def said_of(tenant_id: UUID, changed: Sequence[Changed], cause: Envelope | None) -> list[Outgoing]:
    """What is said of changes that one fact made."""
    return [said for each in changed for said in _said(tenant_id, each, cause)]


def _said(tenant_id: UUID, changed: Changed, cause: Envelope | None) -> Iterator[Outgoing]:
    chat = changed.chat
    if changed.created:
        event = ChatCreated(chat_id=chat.id, chat_type=chat.type)
        yield _outgoing(tenant_id, chat.project_id, chat.id, event, 1, cause)
    for version, change in changed.changes:
        yield _outgoing(
            tenant_id, chat.project_id, chat.id, _event(chat.id, change), version, cause
        )


def _created(tenant_id: UUID, sighting: Sighting, cause: Envelope) -> Outgoing:
    event = ChatCreated(chat_id=sighting.id, chat_type=domain.type_of(sighting.place.address))
    return _outgoing(tenant_id, sighting.project_id, sighting.id, event, 1, cause)


def _outgoing(
    tenant_id: UUID,
    project_id: UUID,
    chat_id: UUID,
    event: msgspec.Struct,
    version: int,
    cause: Envelope | None,
) -> Outgoing:
    return Outgoing(
        event=event,
        tenant_id=tenant_id,
        project_id=project_id,
        subject=chat_id,
        sequence=version,
        partition_key=str(chat_id),
        cause=cause,
    )


def _event(chat_id: UUID, change: differences.Change) -> msgspec.Struct:
    event: msgspec.Struct
    match change:
        case differences.ParticipantAdded(participant):
            event = ChatParticipantAdded(
                chat_id=chat_id,
                participant_id=participant.id,
                participant_type="contact",
                party=[
                    msgspec.convert(each, PartyIdentity, from_attributes=True)
                    for each in participant.addresses
                ],
            )
        case differences.ParticipantRemoved(participant):
            event = ChatParticipantRemoved(chat_id=chat_id, participant_id=participant.id)
        case differences.AdminChanged(participant, on):
            admin = ChatParticipantPromoted if on else ChatParticipantDemoted
            event = admin(chat_id=chat_id, participant_id=participant.id)
        case differences.SubjectChanged(value):
            event = ChatSubjectUpdated(chat_id=chat_id, new_subject=value)
        case differences.DescriptionChanged(value):
            event = ChatDescriptionUpdated(chat_id=chat_id, new_description=value)
        case differences.ArchivedChanged(on):
            event = ChatArchived(chat_id=chat_id) if on else ChatUnarchived(chat_id=chat_id)
        case differences.Closed():
            event = ChatClosed(chat_id=chat_id)
        case differences.LabelChanged(label_id, on):
            label = ChatLabelAdded if on else ChatLabelRemoved
            event = label(chat_id=chat_id, label_id=label_id)
    return event
