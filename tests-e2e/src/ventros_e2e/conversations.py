"""Customers who keep writing whatever breaks, and the ledger of what they were promised.

Every customer writes one message after the other and repeats it, byte for byte, until it is
answered with 200, as WAHA does with its retries. What a crash left in doubt is thus settled by
the next answer, and every message of the ledger must exist exactly once at the end.
"""

import asyncio
import itertools
from collections.abc import Sequence

import aiohttp

from ventros_e2e.ledger import Entry, Ledger
from ventros_e2e.provider import Provider
from waha_simulator.people import Person

RETRY_SECONDS = 0.25
ATTEMPT_SECONDS = 10.0


class Conversations:
    """Runs with `async with`: customers write from its beginning to its end."""

    def __init__(
        self, provider: Provider, people: Sequence[Person], *, pause: float = 0.05
    ) -> None:
        self.ledger = Ledger()
        self.refusals = 0
        self._provider = provider
        self._people = people
        self._pause = pause
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._answered = asyncio.Condition()

    async def __aenter__(self) -> "Conversations":
        self._tasks = [asyncio.create_task(self._talk(person)) for person in self._people]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Everyone finishes the message at hand."""
        self._stop.set()
        await asyncio.gather(*self._tasks)

    @property
    def answered(self) -> int:
        """Messages that were promised so far."""
        return len(self.ledger.promised)

    async def more(self, count: int, within: float = 60.0) -> None:
        """Wait until so many more messages were promised. Raises TimeoutError."""
        wanted = self.answered + count
        async with asyncio.timeout(within), self._answered:
            await self._answered.wait_for(lambda: self.answered >= wanted)

    async def _talk(self, person: Person) -> None:
        name = person.phone or person.lid or ""
        for number in itertools.count():
            if self._stop.is_set():
                return
            message = self._provider.message(person, f"{name} {number}")
            entry = self.ledger.write(message.stanza, name)
            await self._insist(self._provider.told(message), entry)
            await asyncio.sleep(self._pause)

    async def _insist(self, body: bytes, entry: Entry) -> None:
        while True:
            entry.attempts += 1
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    answer = await self._provider.post(body)
            except (aiohttp.ClientError, OSError, TimeoutError):
                status = 0
            else:
                status = answer.status
            if status == 200:
                entry.answered = True
                async with self._answered:
                    self._answered.notify_all()
                return
            self.refusals += 1
            await asyncio.sleep(RETRY_SECONDS)
