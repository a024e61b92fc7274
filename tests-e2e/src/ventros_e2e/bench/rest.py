"""When a stack rests again after a load."""

import asyncio
from contextlib import suppress
from typing import Final

import asyncpg

from ventros_e2e.bench import memory
from ventros_e2e.own_stack import OwnStack

WITHIN: Final = 120.0
RESTING: Final = 0.35
"""The share of a core that all parts together take when nobody writes: polls and heartbeats."""


async def at_rest(stack: OwnStack) -> None:
    """What a load left to do is done, and what it wrote is on the disk.

    The database would otherwise write the load's pages while the next part waits for its log.
    Raises TimeoutError.
    """
    async with asyncio.timeout(WITHIN):
        admin = await asyncpg.connect(stack.admin_url)
        try:
            while await _busy(stack) > RESTING:
                pass
            await admin.execute("CHECKPOINT")
        finally:
            await admin.close()


async def _busy(stack: OwnStack) -> float:
    """The share of one core that the parts take together, over two seconds."""
    before = _cpu_seconds(stack)
    await asyncio.sleep(2)
    after = _cpu_seconds(stack)
    return sum(after[pid] - before[pid] for pid in after.keys() & before.keys()) / 2


def _cpu_seconds(stack: OwnStack) -> dict[int, float]:
    """Of every process that runs now: the database's come and go."""
    seconds = {}
    for part in stack.pids.values():
        for pid in memory.with_children(part):
            with suppress(OSError):
                seconds[pid] = memory.cpu_seconds(pid)
    return seconds
