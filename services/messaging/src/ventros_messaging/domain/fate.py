"""What becomes of a message after it is stored: one fact after the other, and what it changed.

The state after a set of facts is the same in whichever order they come, and a fact that comes twice
changes nothing the second time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from proto_events.conversation import FailureClass
from ventros_messaging.domain import additions
from ventros_messaging.domain.additions import Person, Reaction, Vote
from ventros_messaging.domain.content import Content
from ventros_messaging.domain.progress import Ack, Progress, Step, advance, risen

SAME_EDIT: Final = timedelta(minutes=2)
"""Within which the same words told of an edit of ours again are the same edit."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A message was changed; `content` is all of it as it then was."""

    content: Content
    at: datetime
    ingress_seq: int


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """A message was deleted for everybody; what it said stays."""

    by: Person
    at: datetime


Fact: TypeAlias = Ack | Reaction | Edit | Revocation | Vote


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What a message said from `written_at` on."""

    content: Content
    written_at: datetime
    ingress_seq: int

    @property
    def age(self) -> tuple[datetime, int]:
        """What sorts the wordings of a message."""
        return self.written_at, self.ingress_seq


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """A stored message with what became of it.

    `wording` is what it says now. `history` has every wording once the message was edited, in
    order, the first one included; it is there only for messages that an edit is told of.
    `contact_id` is None in a group.
    """

    id: UUID
    project_id: UUID
    contact_id: UUID | None
    from_me: bool
    version: int
    wording: Wording
    progress: Progress
    edited_at: datetime | None = None
    revocation: Revocation | None = None
    reactions: tuple[Reaction, ...] = ()
    votes: tuple[Vote, ...] = ()
    history: tuple[Wording, ...] = ()


class Rose(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours reached this step."""

    step: Step
    at: datetime
    reason: str
    kind: FailureClass | None = None
    code: str | None = None


class Reworded(msgspec.Struct, frozen=True, kw_only=True):
    """A message says something else now."""

    wording: Wording
    number: int


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """A message was deleted for everybody."""

    revocation: Revocation


class Reacted(msgspec.Struct, frozen=True, kw_only=True):
    """A person has another reaction to a message, or none any more."""

    reaction: Reaction


class Voted(msgspec.Struct, frozen=True, kw_only=True):
    """A person chooses something else in a poll."""

    vote: Vote


Change: TypeAlias = Rose | Reworded | Revoked | Reacted | Voted


def apply(fate: Fate, fact: Fact) -> tuple[Fate, Change | None]:
    """The message after a fact, with its version, and what is to be told of it.

    What only completes what is known (an earlier step, an older wording) changes the message and
    tells nothing. A fact that changes nothing leaves the version as it was.
    """
    match fact:
        case Ack():
            after, change = _acknowledge(fate, fact)
        case Reaction():
            after, change = _react(fate, fact)
        case Vote():
            after, change = _vote(fate, fact)
        case Edit():
            after, change = _edit(fate, fact)
        case Revocation():
            after, change = _revoke(fate, fact)
    if after == fate:
        return fate, None
    return msgspec.structs.replace(after, version=fate.version + 1), change


def _acknowledge(fate: Fate, ack: Ack) -> tuple[Fate, Change | None]:
    progress = advance(fate.progress, ack)
    step = risen(fate.progress, progress)
    # Of what a contact wrote it says that the company's own phone showed it: nobody is told that.
    change = None
    if step and fate.from_me:
        change = Rose(step=step, at=ack.at, reason=ack.reason, kind=ack.kind, code=ack.code)
    return msgspec.structs.replace(fate, progress=progress), change


def _react(fate: Fate, told: Reaction) -> tuple[Fate, Change | None]:
    told = msgspec.structs.replace(told, by=_person(fate, told.by))
    before = additions.of(fate.reactions, told.by)
    reactions = additions.put(fate.reactions, told)
    after = additions.of(reactions, told.by)
    seen = "" if before is None else before.emoji
    change = None if after is None or after.emoji == seen else Reacted(reaction=after)
    return msgspec.structs.replace(fate, reactions=reactions), change


def _vote(fate: Fate, told: Vote) -> tuple[Fate, Change | None]:
    told = msgspec.structs.replace(told, by=_person(fate, told.by))
    before = additions.of(fate.votes, told.by)
    votes = additions.put(fate.votes, told)
    after = additions.of(votes, told.by)
    seen = ((), True) if before is None else (before.options, before.readable)
    same = after is None or (after.options, after.readable) == seen
    change = None if same or after is None else Voted(vote=after)
    return msgspec.structs.replace(fate, votes=votes), change


def _edit(fate: Fate, edit: Edit) -> tuple[Fate, Change | None]:
    first, *edits = fate.history or (fate.wording,)
    # Clocks differ: an edit is later than what it edits.
    at = max(edit.at, first.written_at + timedelta.resolution)
    told = Wording(content=edit.content, written_at=at, ingress_seq=edit.ingress_seq)
    for each in edits:
        if each.age == told.age or (each.written_at, each.content) == (at, told.content):
            return fate, None
    edits = sorted([*edits, told], key=lambda each: each.age)
    if fate.from_me and _twice(edits, edits.index(told)):
        return fate, None
    latest = edits[-1]
    after = msgspec.structs.replace(
        fate, wording=latest, history=(first, *edits), edited_at=latest.written_at
    )
    return after, Reworded(wording=told, number=len(edits) + 1) if latest is told else None


def _twice(edits: Sequence[Wording], place: int) -> bool:
    """Whether an edit of ours is told once more: by what did it, and by the provider, each with a
    time of its own."""
    told = edits[place]
    beside = [*edits[max(0, place - 1) : place], *edits[place + 1 : place + 2]]
    return any(
        each.content == told.content and abs(each.written_at - told.written_at) < SAME_EDIT
        for each in beside
    )


def _revoke(fate: Fate, told: Revocation) -> tuple[Fate, Change | None]:
    told = msgspec.structs.replace(told, by=_person(fate, told.by))
    known = fate.revocation
    first = told if known is None else min(known, told, key=_age)
    change = Revoked(revocation=first) if known is None else None
    return msgspec.structs.replace(fate, revocation=first), change


def _age(revocation: Revocation) -> tuple[Any, ...]:
    """What sorts the tellings, so that one of them is the first in any order: one with a name is
    before one without."""
    by = revocation.by
    return revocation.at, by.from_me, by.addresses, by.name is None, by.name or ""


def _person(fate: Fate, told: Person) -> Person:
    """Beside a contact's message there are two: we and the contact, whatever the address."""
    if fate.contact_id is None and not told.from_me:
        return told
    return msgspec.structs.replace(told, addresses=())
