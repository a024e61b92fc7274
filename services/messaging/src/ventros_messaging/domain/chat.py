"""A chat at a provider and who is in it; what is told of it may come in any order, and twice.

Every part of a chat has the time at which it was said, and the latest counts; so the same facts end
the same in whichever order they come. What is to be told on is the difference between before and
after, so what changes nothing tells nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from platform_core.ids import id_at
from ventros_messaging.domain.additions import Address

ChatType = Literal["individual", "group", "channel"]
Status = Literal["active", "archived", "closed"]
ParticipantChange = Literal["join", "leave", "promote", "demote"]

_ADMINS: Final = frozenset({"admin", "superadmin", "super_admin"})
_SUFFIXES: Final[dict[str, ChatType]] = {"g.us": "group", "newsletter": "channel"}


class When(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The time of a fact, and its order of ingress among those of one second."""

    at: datetime
    ingress_seq: int


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text that was said at a time; empty when it was taken away."""

    value: str
    when: When


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """Whether something holds, and since when that is known."""

    on: bool
    when: When


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is in a group or was; two tellings that share an address are of one person."""

    id: UUID
    addresses: tuple[Address, ...]
    here: Switch
    admin: Switch | None = None


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was told of a chat. `member`: whether the company's number is in the group; `called`:
    when it was last told who is in it, so that whoever was not named then is not."""

    subject: Text | None = None
    description: Text | None = None
    archived: Switch | None = None
    member: Switch | None = None
    labels: dict[str, Switch] = {}
    called: When | None = None
    participants: tuple[Participant, ...] = ()

    @property
    def status(self) -> Status:
        """A chat that the number left is over, and one that is out of sight is archived."""
        if self.member is not None and not self.member.on:
            return "closed"
        return "archived" if self.archived is not None and self.archived.on else "active"

    def has(self, participant: Participant) -> bool:
        """Whether somebody is in the chat."""
        here = participant.here
        return here.on and (self.called is None or here.when >= self.called)

    def has_admin(self, participant: Participant) -> bool:
        """Whether somebody administers the chat."""
        return self.has(participant) and _on(participant.admin)


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """A chat by its channel and its address there; `version` counts its changes from 1."""

    id: UUID
    project_id: UUID
    channel_id: UUID
    address: str
    type: ChatType
    contact_id: UUID | None
    version: int
    state: State


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as a fact names them; `role` is the provider's word."""

    addresses: tuple[Address, ...]
    role: str | None = None


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """The number came into a group, with those who are in it."""

    subject: str | None
    description: str | None
    members: tuple[Member, ...]


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """The number is out of a group."""


class Renamed(msgspec.Struct, frozen=True, kw_only=True):
    """A group has another name or description; None for what did not change."""

    subject: str | None
    description: str | None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """People came into a group, left it, or became its administrators or no longer are."""

    change: ParticipantChange
    members: tuple[Member, ...]


class Archived(msgspec.Struct, frozen=True, kw_only=True):
    """A chat was archived, or is no longer."""

    on: bool


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """A label was put on a chat, or taken off."""

    label_id: str
    on: bool


Fact: TypeAlias = Entered | Left | Renamed | Moved | Archived | Labelled


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


def type_of(address: str) -> ChatType:
    """The kind of chat that an address is of: WhatsApp's suffixes say it."""
    return _SUFFIXES.get(address.rpartition("@")[2], "individual")


def apply(state: State, fact: Fact, when: When) -> State:
    """What is known of a chat after one more fact."""
    replace = msgspec.structs.replace
    match fact:
        case Entered(subject=subject, description=description, members=members):
            named = apply(state, Renamed(subject=subject, description=description), when)
            entered = replace(
                named,
                member=_later(named.member, Switch(on=True, when=when)),
                called=when if named.called is None else max(named.called, when),
            )
            return apply(entered, Moved(change="join", members=members), when)
        case Left():
            return replace(state, member=_later(state.member, Switch(on=False, when=when)))
        case Renamed(subject=subject, description=description):
            return replace(
                state,
                subject=_renamed(state.subject, subject, when),
                description=_renamed(state.description, description, when),
            )
        case Archived(on=on):
            return replace(state, archived=_later(state.archived, Switch(on=on, when=when)))
        case Labelled(label_id=label_id, on=on):
            label = _later(state.labels.get(label_id), Switch(on=on, when=when))
            return replace(state, labels={**state.labels, label_id: label})
        case Moved(change=change, members=members):
            participants = state.participants
            for member in members:
                participants = _move(participants, member, change, when)
            return replace(state, participants=participants)


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
    if _on(before.archived) != _on(after.archived):
        yield ArchivedChanged(_on(after.archived))
    for label_id, label in sorted(after.labels.items()):
        if _on(before.labels.get(label_id)) != label.on:
            yield LabelChanged(label_id, label.on)
    if before.status != "closed" and after.status == "closed":
        yield Closed()


T = TypeVar("T", Text, Switch)


def _later(known: T | None, told: T) -> T:
    """What was said later, whichever of the two was heard first."""
    if known is None or _age(told) > _age(known):
        return told
    return known


def _age(said: Text | Switch) -> tuple[When, str]:
    """Of what was said at the same time, what ends something counts."""
    return said.when, said.value if isinstance(said, Text) else str(not said.on)


def _renamed(known: Text | None, value: str | None, when: When) -> Text | None:
    return known if value is None else _later(known, Text(value=value, when=when))


def _move(
    participants: Sequence[Participant], member: Member, change: ParticipantChange, when: When
) -> tuple[Participant, ...]:
    here = Switch(on=change != "leave", when=when)
    admin: Switch | None = None
    if change == "promote" or (member.role is not None and member.role.lower() in _ADMINS):
        admin = Switch(on=change not in {"demote", "leave"}, when=when)
    elif change in {"join", "demote"}:
        admin = Switch(on=False, when=when)
    first = member.addresses[0] if member.addresses else Address(kind="", value="")
    told = Participant(
        id=id_at(when.at, str(when.ingress_seq), first.kind, first.value),
        addresses=member.addresses,
        here=here,
        admin=admin,
    )
    same = [each for each in participants if not _apart(each.addresses, told.addresses)]
    others = [each for each in participants if _apart(each.addresses, told.addresses)]
    for each in same:
        told = _joined(each, told)
    return tuple(sorted([*others, told], key=lambda each: each.addresses))


def _apart(one: Sequence[Address], other: Sequence[Address]) -> bool:
    return set(one).isdisjoint(other) and bool(one or other)


def _joined(known: Participant, told: Participant) -> Participant:
    """One person of two tellings, known by the id that was told on first."""
    admin = known.admin
    if told.admin is not None:
        admin = _later(admin, told.admin)
    return Participant(
        id=known.id,
        addresses=tuple(sorted({*known.addresses, *told.addresses})),
        here=_later(known.here, told.here),
        admin=admin,
    )


def _value(text: Text | None) -> str:
    return "" if text is None else text.value


def _on(switch: Switch | None) -> bool:
    return switch is not None and switch.on
