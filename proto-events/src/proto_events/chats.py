"""Facts of chats: conversations at the provider, with one person or many."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import PartyIdentity
from proto_events.registry import event

ChatType = Literal["individual", "group", "channel"]

ParticipantType = Literal["contact", "agent"]


@event("chat.created", aggregate="chat", producer="messaging", data_class="none")
class ChatCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A chat is known: with one person, of a group, or a channel that people follow."""

    chat_id: UUID
    chat_type: ChatType


@event(
    "chat.participant_added",
    aggregate="chat",
    producer="messaging",
    data_class="personal",
    person="participant_id",
)
class ChatParticipantAdded(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody takes part in a chat.

    `participant_id` is the id of this participant of this chat, `party` what addresses are known.
    """

    chat_id: UUID
    participant_id: UUID
    participant_type: ParticipantType
    party: list[PartyIdentity] = []


@event(
    "chat.participant_removed",
    aggregate="chat",
    producer="messaging",
    data_class="none",
    person="participant_id",
)
class ChatParticipantRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody left a chat or was put out of it."""

    chat_id: UUID
    participant_id: UUID


@event("chat.archived", aggregate="chat", producer="messaging", data_class="none")
class ChatArchived(msgspec.Struct, frozen=True, kw_only=True):
    """A chat was put out of sight; it can be unarchived."""

    chat_id: UUID


@event("chat.unarchived", aggregate="chat", producer="messaging", data_class="none")
class ChatUnarchived(msgspec.Struct, frozen=True, kw_only=True):
    """An archived chat is in sight again."""

    chat_id: UUID


@event("chat.closed", aggregate="chat", producer="messaging", data_class="none")
class ChatClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A chat is over: no more messages are sent into it."""

    chat_id: UUID


@event("chat.subject_updated", aggregate="chat", producer="messaging", data_class="personal")
class ChatSubjectUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """A group has another name, which may tell of its members; empty when it was taken away."""

    chat_id: UUID
    new_subject: str


@event("chat.description_updated", aggregate="chat", producer="messaging", data_class="sensitive")
class ChatDescriptionUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """A group has another description; empty when it was taken away."""

    chat_id: UUID
    new_description: str


@event(
    "chat.participant_promoted",
    aggregate="chat",
    producer="messaging",
    data_class="none",
    person="participant_id",
)
class ChatParticipantPromoted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody became an administrator of a group."""

    chat_id: UUID
    participant_id: UUID


@event(
    "chat.participant_demoted",
    aggregate="chat",
    producer="messaging",
    data_class="none",
    person="participant_id",
)
class ChatParticipantDemoted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is no longer an administrator of a group."""

    chat_id: UUID
    participant_id: UUID


@event("chat.label_added", aggregate="chat", producer="messaging", data_class="none")
class ChatLabelAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A label was put on a chat; `label_id` is the one of `channel.label.upserted`."""

    chat_id: UUID
    label_id: str


@event("chat.label_removed", aggregate="chat", producer="messaging", data_class="none")
class ChatLabelRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A label was taken off a chat; `label_id` is the one of `channel.label.upserted`."""

    chat_id: UUID
    label_id: str
