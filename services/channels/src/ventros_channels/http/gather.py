"""Group commit: requests that wait at the same time share one transaction.

Requests queue; one loop takes all that wait, does their work in one go and answers each. Under
light load a request is alone and waits for nobody; under heavy load a batch fills while the one
before it commits.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from platform_core.errors import Unavailable
from platform_telemetry import get_logger, histogram

log = get_logger(__name__)

Q = TypeVar("Q")
A = TypeVar("A")

_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_batch = histogram("channels_gathered", "Requests per transaction", ("work",), _SIZES)


class Gather(Generic[Q, A]):
    """A part of the process: `work` answers a batch, in its order, at most `batch` questions.

    At most `waiting` questions wait; each waits at most `timeout` seconds. An answer that is an
    exception is raised for its question; what `work` raises is raised for each of its batch.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        *,
        batch: int = 100,
        waiting: int = 2000,
        timeout: float = 5.0,
    ) -> None:
        self.name = name
        self._work = work
        self._batch = batch
        self._limit = waiting
        self._timeout = timeout
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._arrived = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._size = _batch.labels(name)

    @property
    def ready(self) -> bool:
        """The loop takes questions."""
        return self._task is not None and not self._task.done()

    @property
    def alive(self) -> bool:
        """False when the loop ended by itself."""
        return self._task is None or not self._task.done() or self._stopping

    async def start(self) -> None:
        """Begin to take questions."""
        self._task = asyncio.create_task(self._run(), name=f"gather {self.name}")

    async def stop(self) -> None:
        """Answer those that wait, then end."""
        self._stopping = True
        self._arrived.set()
        if self._task is not None:
            await self._task

    async def ask(self, question: Q) -> A:
        """The answer to one question.

        Raises:
            Unavailable: too many wait, or it took too long, or the process is stopping; the work
                may have been done nevertheless.
        """
        if self._stopping or len(self._waiting) >= self._limit:
            raise Unavailable("Too many requests wait for the database.", code="overloaded")
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        self._arrived.set()
        try:
            async with asyncio.timeout(self._timeout):
                return await answer
        except TimeoutError:
            raise Unavailable("The database is slow to answer.", code="overloaded") from None

    async def _run(self) -> None:
        while not self._stopping or self._waiting:
            await self._arrived.wait()
            if not self._waiting:
                if self._stopping:
                    return
                self._arrived.clear()
                continue
            count = min(len(self._waiting), self._batch)
            taken = [self._waiting.popleft() for _ in range(count)]
            # Whoever has given up waiting will ask again; nothing is done for nobody.
            await self._answer([one for one in taken if not one[1].done()])

    async def _answer(self, batch: list[tuple[Q, "asyncio.Future[A]"]]) -> None:
        if not batch:
            return
        self._size.observe(len(batch))
        try:
            answers = await self._work([question for question, _ in batch])
        except Exception as error:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), result in zip(batch, answers, strict=True):
            if answer.done():
                continue
            if isinstance(result, Exception):
                answer.set_exception(result)
            else:
                answer.set_result(result)
