"""How fast imports go: so many messages a second over all that a process imports."""

import asyncio


class Pace:
    """The past waits, the present does not: an import gives the pipeline room for live messages."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._free_at = 0.0

    async def take(self, messages: int) -> None:
        """Wait until so many more are due."""
        now = asyncio.get_running_loop().time()
        begin = max(now, self._free_at)
        self._free_at = begin + messages / self._per_second
        await asyncio.sleep(self._free_at - now)
