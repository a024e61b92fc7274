"""Sign-ins beside the one thing in them that is meant to be slow: argon2."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import argon2
from msgspec import Struct

THREADS = 2
"""As many as identity has for it."""
PEOPLE = 8
"""At once, each with an account of their own: one account signs in one at a time."""
SLICES = 3

SignIn = Callable[[], Awaitable[object]]


class Compared(Struct, frozen=True, kw_only=True):
    """Sign-ins, and bare verifications of the same hash, per second."""

    rate: float
    bare_rate: float


async def compare(
    sign_ins: Sequence[SignIn], password_hash: str, password: str, seconds: float
) -> Compared:
    """Turn by turn, so that what else the machine does falls on both."""
    each = seconds / SLICES / 2
    rates: list[float] = []
    bare: list[float] = []
    for _ in range(SLICES):
        rates.append(await _sign_ins(sign_ins, each))
        bare.append(await asyncio.to_thread(_verifications, password_hash, password, each))
    return Compared(rate=sum(rates) / SLICES, bare_rate=sum(bare) / SLICES)


async def _sign_ins(sign_ins: Sequence[SignIn], seconds: float) -> float:
    began = time.perf_counter()

    async def keep_on(sign_in: SignIn) -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            await sign_in()
            done += 1
        return done

    done = await asyncio.gather(*(keep_on(one) for one in sign_ins))
    return sum(done) / (time.perf_counter() - began)


def _verifications(password_hash: str, password: str, seconds: float) -> float:
    # Its parameters are in the hash.
    hasher = argon2.PasswordHasher()
    began = time.perf_counter()

    def keep_on() -> int:
        done = 0
        while time.perf_counter() - began < seconds:
            hasher.verify(password_hash, password)
            done += 1
        return done

    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(keep_on) for _ in range(THREADS)]
        done = sum(one.result() for one in running)
    return done / (time.perf_counter() - began)
