"""Count attempts before they are judged; know devices that have signed in before."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from platform_postgres import Database
from ventros_identity.domain.guessing import (
    CLIENT,
    DEVICE,
    FACTOR,
    PAIR,
    USER,
    Counter,
    Subject,
    TooManyAttempts,
    counted,
    pause_left,
    subjects_of,
)
from ventros_identity.store import guessing

DEVICE_PREFIX: Final = "vd_"
_BEGINS_ANEW: Final = frozenset({PAIR.name, DEVICE.name, USER.name, FACTOR.name, CLIENT.name})
"""Counters of one guesser and one secret: whoever knows the secret begins anew. The others are
shared, and give back only what was counted for the one who was right."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that was let through, and the counters after it."""

    counters: Mapping[Subject, Counter]


async def attempt(db: Database, subjects: Sequence[Subject]) -> Attempt:
    """Count an attempt. Raises `TooManyAttempts`; what is refused is not counted."""
    async with db.system() as tx:
        by_key = {subject.key: subject for subject in subjects}
        kept = await guessing.lock(tx, subjects)
        left = max(pause_left(one.counter, one.now) for one in kept)
        if left > 0:
            raise TooManyAttempts(left)
        after = {
            by_key[one.key]: counted(one.counter, by_key[one.key].limit, one.now) for one in kept
        }
        await guessing.write(tx, after)
    return Attempt(counters=after)


async def succeeded(db: Database, attempt: Attempt) -> None:
    """It was right."""
    own = [one for one in attempt.counters if one.limit.name in _BEGINS_ANEW]
    shared = {one: counter for one, counter in attempt.counters.items() if one not in own}
    async with db.system() as tx:
        await guessing.hold(tx, attempt.counters)
        await guessing.forget(tx, own)
        if shared:
            await guessing.take_back(tx, shared)


async def sign_in_subjects(
    db: Database, email: str, address: str | None, device_token: str | None
) -> list[Subject]:
    """What a sign-in is counted by; a device token of another address is none."""
    if device_token is None:
        return subjects_of(email, address, None)
    hashed = _hash(device_token)
    async with db.system() as tx:
        known = await guessing.knows_device(tx, hashed, _hash(email))
    return subjects_of(email, address, hashed.hex() if known else None)


async def remember_device(db: Database, email: str, device_token: str | None) -> str:
    """The token of a device that has signed in: the one it has, or a new one."""
    async with db.system() as tx:
        hashed_email = _hash(email)
        if device_token is not None:
            hashed = _hash(device_token)
            if await guessing.knows_device(tx, hashed, hashed_email):
                await guessing.keep_device(tx, hashed, hashed_email)
                return device_token
        token = DEVICE_PREFIX + secrets.token_urlsafe(32)
        await guessing.keep_device(tx, _hash(token), hashed_email)
        return token


async def forget_devices(db: Database, email: str) -> None:
    """Let no device be known for an address, after its password was reset."""
    async with db.system() as tx:
        await guessing.forget_devices(tx, _hash(email))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
