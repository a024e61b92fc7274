"""Store what was posted and verified: many requests, one statement, one commit."""

from collections.abc import Sequence

import asyncpg

from platform_postgres import Database, is_away
from ventros_channels.store import webhooks
from ventros_channels.store.webhooks import Posted


async def store_webhooks(database: Database, posted: Sequence[Posted]) -> list[bool]:
    """For each whether it is stored, now or before; False: its channel is no longer the same.

    This is the edge of its transaction: the requests that share it are answered only after its
    commit. One that the database refuses is tried alone, so that it does not hold the others.

    Raises:
        what `platform_postgres.is_away` knows; then none of them is known to be stored.
    """
    try:
        async with database.system() as tx:
            stored = await webhooks.store(tx, posted)
    except asyncpg.PostgresError as error:
        if is_away(error) or len(posted) == 1:
            raise
        return [(await store_webhooks(database, [one]))[0] for one in posted]
    return [place in stored for place in range(len(posted))]
