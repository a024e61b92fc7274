"""Message groups: what a contact writes in quick succession, to be answered as one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from platform_core.ids import id_at

GroupStatus = Literal["pending", "processing", "completed", "expired"]

MOST_MESSAGES: Final = 100
LONGEST: Final = timedelta(minutes=5)
"""From the first message to the last that joins."""

PROCESSED_WITHIN: Final = timedelta(minutes=10)
"""How long a group waits for its files to be put into words."""

GROUPED: Final = frozenset(
    {
        "text",
        "image",
        "video",
        "audio",
        "voice",
        "document",
        "location",
        "contact",
        "sticker",
        "interactive",
    }
)
"""Types of content that wait for an answer; a reaction does not."""


class Conversation(msgspec.Struct, frozen=True):
    """Whose messages can be one group."""

    session_id: UUID
    channel_id: UUID
    contact_id: UUID


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message that may join a group. `pause` is its channel's: what is longer ends a group."""

    id: UUID
    project_id: UUID
    conversation: Conversation
    received_at: datetime
    pause: timedelta


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group as it now is. `last_message_at` is when its last message reached us; `expires_at`
    when it closes (pending) or is given up (processing)."""

    id: UUID
    project_id: UUID
    conversation: Conversation
    status: GroupStatus
    message_ids: tuple[UUID, ...]
    started_at: datetime
    last_message_at: datetime
    expires_at: datetime
    completed_at: datetime | None = None
    version: int = 1


class Created(msgspec.Struct, frozen=True):
    """A first message opened a group."""


class Joined(msgspec.Struct, frozen=True):
    """A message is in a group, the first one too."""

    message_id: UUID


class Closed(msgspec.Struct, frozen=True):
    """No more messages join."""


class Completed(msgspec.Struct, frozen=True):
    """All that was to be done with its messages is done."""


class Expired(msgspec.Struct, frozen=True):
    """That took too long."""


Step = Created | Joined | Closed | Completed | Expired


class Change(msgspec.Struct, frozen=True):
    """A step, and the group after it; every step is a version."""

    group: Group
    step: Step


def gather(groups: Iterable[Group], incoming: Iterable[Incoming], now: datetime) -> list[Change]:
    """Put messages into the open groups of their conversations, or into new ones.

    What counts for joining is when messages reached us, so that a backlog makes the groups that
    it would have made in time; a group waits from `now`, for what came after may still be on its
    way to us.
    """
    pending = {group.conversation: group for group in groups}
    changes: list[Change] = []
    for message in sorted(incoming, key=lambda each: (each.received_at, each.id)):
        group = pending.get(message.conversation)
        if group is not None and message.id in group.message_ids:
            continue
        if group is not None and not _takes(group, message):
            changes.append(close(group, now))
            group = None
        if group is None:
            group = _opened(message, now)
            changes.append(Change(group, Created()))
        group = _joined(group, message, now)
        changes.append(Change(group, Joined(message.id)))
        pending[message.conversation] = group
    return changes


def close(group: Group, now: datetime) -> Change:
    """The contact paused."""
    after = msgspec.structs.replace(
        group,
        status="processing",
        expires_at=now + PROCESSED_WITHIN,
        version=group.version + 1,
    )
    return Change(after, Closed())


def complete(group: Group, now: datetime) -> Change:
    """Nothing of it is waited for any more."""
    after = msgspec.structs.replace(
        group, status="completed", completed_at=now, version=group.version + 1
    )
    return Change(after, Completed())


def expire(group: Group) -> Change:
    """It was waited for long enough."""
    after = msgspec.structs.replace(group, status="expired", version=group.version + 1)
    return Change(after, Expired())


def last_of(changes: Iterable[Change]) -> dict[UUID, Group]:
    """Each group after all its steps, by its id."""
    return {change.group.id: change.group for change in changes}


def _takes(group: Group, message: Incoming) -> bool:
    return (
        len(group.message_ids) < MOST_MESSAGES
        and message.received_at - group.last_message_at <= message.pause
        and message.received_at - group.started_at <= LONGEST
    )


def _opened(message: Incoming, now: datetime) -> Group:
    return Group(
        # In the order of their beginnings.
        id=id_at(message.received_at, str(message.id), "message_group"),
        project_id=message.project_id,
        conversation=message.conversation,
        status="pending",
        message_ids=(),
        started_at=message.received_at,
        last_message_at=message.received_at,
        expires_at=now + message.pause,
    )


def _joined(group: Group, message: Incoming, now: datetime) -> Group:
    return msgspec.structs.replace(
        group,
        message_ids=(*group.message_ids, message.id),
        last_message_at=max(group.last_message_at, message.received_at),
        expires_at=now + message.pause,
        version=group.version + 1,
    )
