"""What to tell on of a chat: the difference between before and after, so that what changes nothing
tells nothing."""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from ventros_messaging.domain.chat import Participant, State, Text, on


class ParticipantAdded(msgspec.Struct, frozen=True):
    """Somebody is in the chat now."""

    participant: Participant


class ParticipantRemoved(msgspec.Struct, frozen=True):
    """Somebody is in the chat no more."""

    participant: Participant


class AdminChanged(msgspec.Struct, frozen=True):
    """Somebody administers the chat now, or no longer."""

    participant: Participant
    on: bool


class SubjectChanged(msgspec.Struct, frozen=True):
    """The chat has another name."""

    value: str


class DescriptionChanged(msgspec.Struct, frozen=True):
    """The chat has another description."""

    value: str


class ArchivedChanged(msgspec.Struct, frozen=True):
    """The chat is out of sight now, or in sight again."""

    on: bool


class Closed(msgspec.Struct, frozen=True):
    """The number left the chat."""


class LabelChanged(msgspec.Struct, frozen=True):
    """A label is on the chat now, or no longer."""

    label_id: str
    on: bool


Change: TypeAlias = (
    ParticipantAdded
    | ParticipantRemoved
    | AdminChanged
    | SubjectChanged
    | DescriptionChanged
    | ArchivedChanged
    | Closed
    | LabelChanged
)


def changes(before: State, after: State) -> Iterator[Change]:
    """What is different for who looks at the chat."""
    if _value(before.subject) != _value(after.subject):
        yield SubjectChanged(_value(after.subject))
    if _value(before.description) != _value(after.description):
        yield DescriptionChanged(_value(after.description))
    known = {each.id: each for each in before.participants}
    for participant in after.participants:
        was = known.get(participant.id)
        was_here = was is not None and before.has(was)
        was_admin = was is not None and before.has_admin(was)
        is_here, is_admin = after.has(participant), after.has_admin(participant)
        if is_here and not was_here:
            yield ParticipantAdded(participant)
        if is_here and is_admin != was_admin:
            yield AdminChanged(participant, is_admin)
        if was_here and not is_here:
            yield ParticipantRemoved(participant)
    if on(before.archived) != on(after.archived):
        yield ArchivedChanged(on(after.archived))
    for label_id, label in sorted(after.labels.items()):
        if on(before.labels.get(label_id)) != label.on:
            yield LabelChanged(label_id, label.on)
    if before.status != "closed" and after.status == "closed":
        yield Closed()


def _value(text: Text | None) -> str:
    return "" if text is None else text.value
