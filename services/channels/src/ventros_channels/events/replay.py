"""Telling stored webhooks again: after a mended parser, or after dead letters.

What was told stays told: an event that is told again gets a new envelope id, so that the
normaliser reads it once more, while messages keep their key and every fact its id. So a replay
after a fix stores what was missing once, and a replay of something done changes nothing.
"""

from datetime import datetime, timedelta

import msgspec

from platform_postgres import Database
from ventros_channels.events.publish import raw_again
from ventros_channels.events.raw_types import RAW_KINDS
from ventros_channels.store import raw_events
from ventros_channels.store.raw_events import RawEvent, Wanted

_WINDOW = timedelta(minutes=15)
_PAGE = 500


async def replay(database: Database, wanted: Wanted) -> int:
    """Put what is wanted into the outbox again, in the order of arrival; returns how many.

    One transaction a page, a quarter of an hour of arrivals at a time, so that it can be stopped
    and started anew; doing a part twice does no harm.
    """
    told = 0
    start = wanted.since
    while start < wanted.until:
        end = min(start + _WINDOW, wanted.until)
        told += await _window(database, msgspec.structs.replace(wanted, since=start, until=end))
        start = await _next(database, wanted, end)
    return told


async def _window(database: Database, wanted: Wanted) -> int:
    told, after = 0, 0
    while True:
        async with database.system() as tx:
            page = await raw_events.page(tx, wanted, after, _PAGE)
            if page:
                await raw_events.say(tx, [raw_again(event, _readable(event)) for event in page])
        told += len(page)
        if len(page) < _PAGE:
            return told
        after = page[-1].seq


async def _next(database: Database, wanted: Wanted, after: datetime) -> datetime:
    """Where to go on: nights without a webhook are skipped."""
    async with database.system() as tx:
        return await raw_events.first_since(tx, after) or wanted.until


def _readable(event: RawEvent) -> bytes:
    return RAW_KINDS[event.provider].read_head(event.body).readable or event.body
