"""One request, one transaction: opened for the principal's tenant, committed at the edge."""

import contextlib
from collections.abc import AsyncIterator
from typing import Final, Protocol

from platform_auth import Principal
from platform_postgres import Database, Tx

SLOT: Final = "idempotent"
"""Where a request with an Idempotency-Key has its `Unfinished` in the state of its scope."""


class Unfinished(Protocol):
    """A transaction that is committed with the answer, not before."""

    async def begin(self) -> Tx:
        """The transaction; raises when the work was done before."""
        ...


class Bell(Protocol):
    """Wakes the relay of this process."""

    def ring(self) -> None:
        """Say that the outbox has new rows."""
        ...


class Reader:
    """Opens transactions that read."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @contextlib.asynccontextmanager
    async def __call__(self, principal: Principal) -> AsyncIterator[Tx]:
        """A transaction that sees the tenant of the verified caller alone."""
        async with self._db.tenant(principal.tenant_id) as tx:
            yield tx


class Writer:
    """Opens transactions that write, and rings the bell once they are committed.

    With `unfinished` the transaction stays open after the handler has left it: it is committed
    with the answer, or taken back when the handler fails after all.
    """

    def __init__(
        self, db: Database, bell: Bell | None, unfinished: Unfinished | None = None
    ) -> None:
        self._db = db
        self._bell = bell
        self._unfinished = unfinished

    @contextlib.asynccontextmanager
    async def __call__(self, principal: Principal) -> AsyncIterator[Tx]:
        """A transaction that sees and writes the tenant of the verified caller alone."""
        if self._unfinished is not None:
            yield await self._unfinished.begin()
            return
        async with self._db.tenant(principal.tenant_id) as tx:
            yield tx
        if self._bell is not None:
            self._bell.ring()
