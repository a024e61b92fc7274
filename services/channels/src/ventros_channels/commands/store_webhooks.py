"""Store what was posted and verified: many requests, one statement, one commit."""

from collections.abc import Sequence

from platform_postgres import Database, is_away
from ventros_channels.store import webhooks
from ventros_channels.store.webhooks import Posted


async def store_webhooks(database: Database, posted: Sequence[Posted]) -> list[bool | Exception]:
    """For each whether it is stored, now or before; False: its channel is no longer the same.

    The statement is a transaction of its own: the requests that share it are answered only after
    its commit. When the database refuses it, each is stored alone, so that one does not hold the
    others; what is refused then has the error in its place.

    Raises:
        what `platform_postgres.is_away` knows; then none of them is known to be stored.
    """
    try:
        stored = await webhooks.store(database, posted)
    except Exception as error:
        if is_away(error):
            raise
        if len(posted) == 1:
            return [error]
        return [(await store_webhooks(database, [one]))[0] for one in posted]
    return [place in stored for place in range(len(posted))]
