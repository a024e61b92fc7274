"""What is told of a chat, in any order and twice, and what is known of the chat after it.

The latest telling of each part counts; so the same facts end the same in whichever order they come.
"""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, TypeVar

import msgspec

from platform_core.ids import id_at
from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.chat import Participant, State, Switch, Text, When

ParticipantChange = Literal["join", "leave", "promote", "demote"]

_ADMINS: Final = frozenset({"admin", "superadmin", "super_admin"})


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as a fact names them; `role` is the provider's word."""

    addresses: tuple[Address, ...]
    role: str | None = None
    me: bool = False


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """The number came into a group, with those who are in it."""

    subject: str | None
    description: str | None
    admins_only: bool | None = None
    members: tuple[Member, ...]


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """The number is out of a group."""


class Updated(msgspec.Struct, frozen=True, kw_only=True):
    """A group has another name or description, or others may write; None for what did not
    change."""

    subject: str | None
    description: str | None
    admins_only: bool | None = None


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


Fact: TypeAlias = Entered | Left | Updated | Moved | Archived | Labelled


def apply(state: State, fact: Fact, when: When) -> State:
    """What is known of a chat after one more fact."""
    replace = msgspec.structs.replace
    match fact:
        case Entered():
            told = Updated(
                subject=fact.subject, description=fact.description, admins_only=fact.admins_only
            )
            known = apply(state, told, when)
            entered = replace(
                known,
                member=_later(known.member, Switch(on=True, when=when)),
                called=when if known.called is None else max(known.called, when),
            )
            return apply(entered, Moved(change="join", members=fact.members), when)
        case Left():
            return replace(state, member=_later(state.member, Switch(on=False, when=when)))
        case Updated(subject=subject, description=description, admins_only=admins_only):
            return replace(
                state,
                subject=_renamed(state.subject, subject, when),
                description=_renamed(state.description, description, when),
                admins_only=_switched(state.admins_only, admins_only, when),
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


def _switched(known: Switch | None, on: bool | None, when: When) -> Switch | None:
    return known if on is None else _later(known, Switch(on=on, when=when))


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
        me=member.me,
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
        me=known.me or told.me,
    )
