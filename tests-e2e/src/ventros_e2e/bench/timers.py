"""When the sessions that a load has opened are as settled as they are between two days."""

import asyncio
from typing import Final

import asyncpg

from ventros_e2e.bench import memory
from ventros_e2e.own_stack import OwnStack

WITHIN: Final = 300.0
RESTING: Final = 0.1
"""The share of a core that Temporal takes when all timers are set and none is due."""

MISSING: Final = """
SELECT (SELECT count(*) FROM sessions.session WHERE status = 'active')
     - (SELECT count(*) FROM sessions.inbox WHERE consumer = 'sessions.lifecycle')
"""


async def timers_started(stack: OwnStack) -> None:
    """Sessions are open when their timers run: starting them is not part of a path.

    Raises TimeoutError.
    """
    admin = await asyncpg.connect(stack.admin_url)
    try:
        async with asyncio.timeout(WITHIN):
            while await admin.fetchval(MISSING) > 0:  # noqa: ASYNC110 - a poll
                await asyncio.sleep(1)
            while await _busy(stack.pids["temporal"]) > RESTING:
                pass
    finally:
        await admin.close()


async def _busy(pid: int) -> float:
    """The share of one core that a part takes, over two seconds."""
    before = memory.cpu_seconds(pid)
    await asyncio.sleep(2)
    return (memory.cpu_seconds(pid) - before) / 2
