import asyncio

import argon2
import pytest

from platform_core.errors import Unavailable
from ventros_identity.commands import passwords as module
from ventros_identity.commands.passwords import Passwords


def cheap() -> Passwords:
    return Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


async def test_the_real_parameters_are_owasps_floor() -> None:
    password_hash = await Passwords().hash("a password")
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_only_the_password_verifies() -> None:
    hashing = cheap()
    password_hash = await hashing.hash("a password")
    assert await hashing.verify(password_hash, "a password")
    assert not await hashing.verify(password_hash, "A password")
    assert not await hashing.verify(None, "nobody has this password")
    assert not await hashing.verify("not a hash", "a password")


async def test_other_parameters_are_outdated() -> None:
    password_hash = await cheap().hash("a password")
    assert not cheap().outdated(password_hash)
    assert Passwords().outdated(password_hash)


async def test_more_than_the_pool_holds_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    hashing = cheap()
    outcomes = await asyncio.gather(
        *(hashing.hash("a password") for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Unavailable) for outcome in outcomes) == 5
    assert await hashing.hash("a password")
