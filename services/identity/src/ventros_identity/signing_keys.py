"""Keeps the signing keys of a process as the database has them, and rotates them when it is time.

While the database is away, the keys that are known go on signing.
"""

import asyncio
import contextlib
from typing import Final

import asyncpg

from platform_bus.bell import wait
from platform_core.clock import utc_now
from platform_crypto import DecryptionError, Vault
from platform_postgres import Database
from platform_telemetry import get_logger
from ventros_identity.commands import signing_keys as commands
from ventros_identity.commands.signing_keys import SigningKeys, open_key
from ventros_identity.domain.signing_key import Rules
from ventros_identity.store import signing_keys as store

log = get_logger(__name__)

READ_SECONDS: Final = 15.0
"""How long a process may sign with a key that was dropped after a leak."""
RETRY_SECONDS: Final = 1.0
ROUND_SECONDS: Final = 10.0

_FAULTS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, DecryptionError)


class SigningKeysPart:
    """The loop of a process. Every replica runs it; one of them makes the next key."""

    name = "signing_keys"

    def __init__(
        self,
        db: Database,
        vault: Vault,
        keys: SigningKeys,
        rules: Rules,
        *,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._db = db
        self._vault = vault
        self._keys = keys
        self._rules = rules
        self._read_seconds = read_seconds
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a key to sign with."""
        return bool(self._keys)

    @property
    def alive(self) -> bool:
        """False when the loop has ended by itself."""
        return self._task is None or not self._task.done()

    async def start(self) -> None:
        """Begin to read, without waiting for the database."""
        self._task = asyncio.create_task(self._run(), name="signing keys")

    async def stop(self) -> None:
        """Finish the round that is at hand."""
        self._stop.set()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def run_once(self) -> None:
        """Do what is due, and know the keys as they now are. Raises `DecryptionError`."""
        async with asyncio.timeout(ROUND_SECONDS), self._db.system() as tx:
            done = await commands.go_on(tx, self._vault, self._rules, utc_now())
            found = await store.read(tx)
        commands.tell(done)
        self._keys.replace(
            [self._keys.renewed(stored) or open_key(self._vault, stored) for stored in found]
        )

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                await self.run_once()
                healthy = True
            except _FAULTS as error:
                log.warning("signing_keys_not_read", error=type(error).__name__)
                healthy = False
            # Without any, another replica is just making the first.
            pause = self._read_seconds if healthy and self._keys else RETRY_SECONDS
            await wait(self._stop, pause)
