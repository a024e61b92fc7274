"""One open stream: what waits for its client, bounded, and how it ends."""

import asyncio
import time
from collections import deque
from enum import Enum
from typing import Final

from litestar.types import Message, Send

from ventros_gateway.live.filters import Filter
from ventros_gateway.live.heard import Heard, Place
from ventros_gateway.live.visibility import permission_of

MAX_WAITING: Final = 512
MAX_WAITING_BYTES: Final = 1024 * 1024
STUCK_SECONDS: Final = 60.0
"""A client has this long to take what it is being sent."""


class Mark(Enum):
    """What is put between events."""

    REFETCH = "refetch"
    """Something was missed: what is shown has to be read anew."""
    PING = "ping"


class End(Enum):
    """Why a stream is over."""

    LIFETIME = "lifetime"
    EXPIRED = "expired"
    REVOKED = "revoked"
    STOPPING = "stopping"
    SLOW = "slow"
    LEFT = "left"


Item = Heard | Mark


class Listener:
    """A caller who listens. Events are offered by the hub, and taken by the connection."""

    __slots__ = (
        "_bytes", "_giving", "_items", "_permissions", "_waiter", "end", "filter", "full_since",
        "owner", "place", "quiet",
    )  # fmt: skip

    def __init__(
        self, place: Place, owner: str, permissions: frozenset[str], filter_: Filter
    ) -> None:
        self.place = place
        self.owner = owner
        self.filter = filter_
        self.end: End | None = None
        # Since when what waits has been too much, without anything having been taken.
        self.full_since: float | None = None
        self.quiet = True
        self._permissions = permissions
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._giving: asyncio.Timeout | None = None
        self._waiter: asyncio.Future[None] | None = None

    def wants(self, type_: str) -> bool:
        """Whether the caller may see events of this type, and asked for them."""
        permission = permission_of(type_)
        return (
            permission is not None and permission in self._permissions and self.filter.wants(type_)
        )

    def offer(self, heard: Heard) -> bool:
        """Put an event behind the others. False: there was no room, and all that waited is gone
        for one mark that says so.
        """
        if len(self._items) < MAX_WAITING and self._bytes + len(heard.body) <= MAX_WAITING_BYTES:
            self._items.append(heard)
            self._bytes += len(heard.body)
            self._wake()
            return True
        self.miss()
        if self.full_since is None:
            self.full_since = time.monotonic()
        return False

    def miss(self) -> None:
        """Say that something was missed, instead of all that waits."""
        self._items.clear()
        self._bytes = 0
        self._items.append(Mark.REFETCH)
        self._wake()

    def forget(self) -> None:
        """Let go of all that waits: it will be told from somewhere before it."""
        self._items.clear()
        self._bytes = 0

    def narrow(self, filter_: Filter) -> None:
        """Want something else, also of what waits."""
        self.filter = filter_
        kept = [one for one in self._items if isinstance(one, Mark) or self.wants(one.type)]
        self._items = deque(kept)
        self._bytes = sum(len(one.body) for one in kept if isinstance(one, Heard))

    def ping(self) -> None:
        """A sign of life, unless there was one since the last time."""
        if self.quiet and not self._items:
            self._items.append(Mark.PING)
            self._wake()
        self.quiet = True

    def finish(self, end: End) -> None:
        """End the stream; the first reason counts."""
        if self.end is None:
            self.end = end
            self._wake()
            if self._giving is not None and not self._giving.expired():
                self._giving.reschedule(0)

    async def give(self, send: Send, message: Message) -> None:
        """Send to the client.

        Raises:
            TimeoutError: it takes nothing, or the stream ended meanwhile.
        """
        async with asyncio.timeout(STUCK_SECONDS) as limit:
            self._giving = limit
            try:
                await send(message)
            finally:
                self._giving = None

    async def take(self) -> list[Item]:
        """All that waits, as soon as something does; nothing once the stream is over."""
        while not self._items and self.end is None:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if self.end is not None:
            return []
        taken = list(self._items)
        self._items.clear()
        self._bytes = 0
        self.full_since = None
        self.quiet = False
        return taken

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
