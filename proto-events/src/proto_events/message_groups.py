"""Facts of message groups: messages of one contact in quick succession, answered as one."""

from uuid import UUID

import msgspec

from proto_events.registry import event


@event(
    "message_group.created",
    aggregate="message_group",
    producer="messaging",
    data_class="none",
    person="contact_id",
)
class MessageGroupCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A contact wrote; more messages are waited for before an answer is made."""

    group_id: UUID
    contact_id: UUID
    channel_id: UUID


@event(
    "message_group.message_added",
    aggregate="message_group",
    producer="messaging",
    data_class="none",
)
class MessageGroupMessageAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A message joined a group, its first one too; the wait starts anew."""

    group_id: UUID
    message_id: UUID


@event(
    "message_group.processing", aggregate="message_group", producer="messaging", data_class="none"
)
class MessageGroupProcessing(msgspec.Struct, frozen=True, kw_only=True):
    """The contact paused: no more messages join, and an answer to these is made."""

    group_id: UUID
    message_count: int


@event(
    "message_group.completed", aggregate="message_group", producer="messaging", data_class="none"
)
class MessageGroupCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """A group's messages were dealt with as one."""

    group_id: UUID
    message_count: int


@event("message_group.expired", aggregate="message_group", producer="messaging", data_class="none")
class MessageGroupExpired(msgspec.Struct, frozen=True, kw_only=True):
    """A group was not dealt with in its time; no answer comes of it."""

    group_id: UUID
