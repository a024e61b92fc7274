"""What people put on a message: reactions and votes, one of each person at most.

They may be told in any order and more than once: the latest by the provider's time counts. A
person is known by any of several addresses, and two tellings that share one are of one person.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec


class Address(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One address of a person at the provider."""

    kind: str
    value: str


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who did something: our side (`from_me`), or the person with these addresses.

    Beside a message of a contact there are no addresses: who is not us is the contact.
    """

    from_me: bool
    addresses: tuple[Address, ...] = ()
    name: str | None = None

    def is_(self, other: "Person") -> bool:
        """Whether both are the same person."""
        if self.from_me or other.from_me:
            return self.from_me and other.from_me
        if not self.addresses or not other.addresses:
            return not self.addresses and not other.addresses
        return not set(self.addresses).isdisjoint(other.addresses)


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """An emoji on a message; an empty one says that it was taken away."""

    by: Person
    emoji: str
    at: datetime


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """All that a person chose in a poll, none when the vote was withdrawn.

    `options` says nothing where the provider could not read the vote.
    """

    by: Person
    options: tuple[str, ...]
    readable: bool
    at: datetime


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The votes of a poll: for each option how many, how many people voted, and how many votes
    could not be read."""

    options: list[tuple[str, int]]
    voters: int
    unreadable: int


T = TypeVar("T", Reaction, Vote)


def put(entries: Sequence[T], told: T) -> tuple[T, ...]:
    """The entries with one more telling: the latest one of each person.

    A telling with addresses of two people who stand there proves that they are one.
    """
    same: list[T] = [told]
    others: list[T] = []
    for entry in entries:
        if entry.by.is_(told.by):
            same.append(entry)
        else:
            others.append(entry)
    latest = same[0]
    for entry in same[1:]:
        latest = max(latest, entry, key=_age)
    addresses = sorted({address for entry in same for address in entry.by.addresses})
    by = msgspec.structs.replace(latest.by, addresses=tuple(addresses))
    others.append(msgspec.structs.replace(latest, by=by))
    return tuple(sorted(others, key=_place))


def of(entries: Sequence[T], person: Person) -> T | None:
    """The entry of a person."""
    return next((entry for entry in entries if entry.by.is_(person)), None)


def tally(options: Sequence[str], votes: Sequence[Vote]) -> Tally:
    """The votes counted, in the order of the poll's options; what is no option of it comes last."""
    counted = Counter(option for vote in votes for option in dict.fromkeys(vote.options))
    names = list(dict.fromkeys([*options, *sorted(counted)]))
    return Tally(
        options=[(name, counted[name]) for name in names],
        voters=sum(1 for vote in votes if vote.options or not vote.readable),
        unreadable=sum(1 for vote in votes if not vote.readable),
    )


def _age(entry: Reaction | Vote) -> tuple[Any, ...]:
    """What sorts the tellings of one person, so that one of them is the latest in any order."""
    said = entry.emoji if isinstance(entry, Reaction) else (entry.readable, entry.options)
    return entry.at, said, entry.by.name is not None, entry.by.name or ""


def _place(entry: Reaction | Vote) -> tuple[datetime, bool, tuple[Address, ...]]:
    return entry.at, entry.by.from_me, entry.by.addresses
