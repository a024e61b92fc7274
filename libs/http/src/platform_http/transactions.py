"""One request, one transaction: opened for the principal's tenant, committed at the edge."""

import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

from platform_auth import Principal
from platform_postgres import Database, Tx


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
    """Opens transactions that write, and rings the bell once they are committed."""

    def __init__(self, db: Database, bell: Bell | None) -> None:
        self._db = db
        self._bell = bell

    @contextlib.asynccontextmanager
    async def __call__(self, principal: Principal) -> AsyncIterator[Tx]:
        """A transaction that sees and writes the tenant of the verified caller alone."""
        async with self._db.tenant(principal.tenant_id) as tx:
            yield tx
        if self._bell is not None:
            self._bell.ring()
