"""The life of a key that tokens are signed with: it waits, signs, is retired, and goes.

It is published before it signs, so that every gateway has it by then, and stays published after,
until the last token that it signed has expired.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from uuid import UUID

import msgspec

from platform_core.errors import Conflict, NotFound

State = Literal["waits", "signs", "retired"]


class SigningKeyNotFound(NotFound):
    """No signing key has this id."""

    code = "signing_key_not_found"


class SigningKeyNeeded(Conflict):
    """Without this key nobody could sign in."""

    code = "signing_key_needed"


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """`lead`: how long a key is published before it signs. `age`: when the next one is due.
    `kept`: how long a retired one stays published."""

    lead: timedelta
    age: timedelta
    kept: timedelta


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its private half; from `signs_at` on it takes the place of the one before."""

    id: UUID
    kid: str
    published_at: datetime
    signs_at: datetime


def signer(keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
    """The key to sign with; None if there is no key at all.

    A clock that is behind may find that none has begun: then it is the first of them.
    """
    ordered = _in_order(keys)
    begun = [key for key in ordered if key.signs_at <= now]
    if begun:
        return begun[-1]
    return ordered[0] if ordered else None


def waiting(keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
    """The next key that is published and does not sign yet."""
    current = signer(keys, now)
    later = [key for key in _in_order(keys) if key.signs_at > now and key is not current]
    return later[0] if later else None


def state_of(key: SigningKey, keys: Sequence[SigningKey], now: datetime) -> State:
    """Where in its life a key is."""
    if key == signer(keys, now):
        return "signs"
    return "waits" if key.signs_at > now else "retired"


def begins_at(keys: Sequence[SigningKey], now: datetime, rules: Rules) -> datetime:
    """When a key that is published now is to sign: the very first one at once."""
    return now + rules.lead if keys else now


def is_due(keys: Sequence[SigningKey], now: datetime, rules: Rules) -> bool:
    """Whether it is time to publish the next key."""
    current = signer(keys, now)
    if current is None:
        return True
    return waiting(keys, now) is None and current.signs_at + rules.age <= now


def over(keys: Sequence[SigningKey], now: datetime, rules: Rules) -> list[SigningKey]:
    """Retired keys of which no token can be good any more."""
    ordered = [key for key in _in_order(keys) if key.signs_at <= now]
    return [key for key, successor in pairwise(ordered) if successor.signs_at + rules.kept <= now]


class Retirement(msgspec.Struct, frozen=True, kw_only=True):
    """What retiring a key comes to: a key that is dropped, or one that signs from now on."""

    dropped: SigningKey | None = None
    signs_now: SigningKey | None = None


def retirement(keys: Sequence[SigningKey], kid: str, now: datetime) -> Retirement:
    """Retire a key: one that waits never signs, the one that signs hands over to the next.

    Raises:
        SigningKeyNotFound, SigningKeyNeeded: there is no next one.
    """
    found = [key for key in keys if key.kid == kid]
    if not found:
        raise SigningKeyNotFound("No signing key has this id.")
    state = state_of(found[0], keys, now)
    if state == "waits":
        return Retirement(dropped=found[0])
    if state == "retired":
        return Retirement()
    successor = waiting(keys, now)
    if successor is None:
        raise SigningKeyNeeded("It signs, and no other key waits: rotate first.")
    return Retirement(signs_now=successor)


def _in_order(keys: Sequence[SigningKey]) -> list[SigningKey]:
    return sorted(keys, key=lambda key: (key.signs_at, key.kid))
