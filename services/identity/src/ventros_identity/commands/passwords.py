"""Passwords: argon2id in a bounded pool of threads, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from platform_core.errors import Unavailable

# OWASP's floor for argon2id: 19 MiB, two passes, one lane.
MEMORY_KIB: Final = 19 * 1024
TIME_COST: Final = 2
PARALLELISM: Final = 1
THREADS: Final = 2
MAX_WAITING: Final = 64
MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256

T = TypeVar("T")


class Passwords:
    """Hashes and verifies; at most two at a time, at most 64 waiting."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher(
            time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM
        )
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._running = 0
        # What an unknown user's password is compared with, so that it takes the same time.
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """A new hash in the PHC format. Raises `Unavailable` when too many are waiting."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one of the hash; None takes as long and is never right.

        Raises:
            Unavailable: too many are waiting.
        """
        right = await self._run(lambda: self._verify(password_hash or self._nobody, password))
        return right and password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """End the threads; what runs is finished."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._running >= MAX_WAITING:
            raise Unavailable("Too many sign-ins at once. Try again.", code="too_many_sign_ins")
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._running -= 1
