"""The loop that gives channels their turns: fair over tenants, bounded, one worker per channel."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from platform_bus import Bell
from platform_bus.bell import wait
from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_crypto import Vault
from platform_postgres import Database
from platform_storage import Storage
from platform_telemetry import get_logger
from ventros_channels.adapters import Adapters
from ventros_channels.delivery.turn import Turns
from ventros_channels.store import senders
from ventros_channels.store.senders import Turn

log = get_logger(__name__)

AT_ONCE: Final = 64
"""Channels that one process works on at the same time: as many as it has connections for."""

_HOLD: Final = timedelta(seconds=15)
_SIGN_OF_LIFE: Final = 5.0
_LOOK: Final = 1.0
"""Seconds after which it is looked anyway: for what other processes left, or have no room for."""
_STOP: Final = 28.0
_FAULTS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class DeliveryPart:
    """A part of the process. What it cannot finish when it stops, the next one finds out about.

    `asked` is rung when messages were asked for, `bell` for what is said of them.
    """

    name = "delivery"

    def __init__(
        self,
        database: Database,
        vault: Vault,
        adapters: Adapters,
        bell: Bell,
        storage: Storage | None = None,
        asked: Bell | None = None,
    ) -> None:
        self._asked = asked or Bell()
        self._database = database
        self._adapters = adapters
        self._bell = bell
        self._holder = new_id()
        self._stop = asyncio.Event()
        self._ended = asyncio.Event()
        self._turns = Turns(database, vault, adapters, self._holder, self._stop, storage, bell)
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self.ready = False

    @property
    def alive(self) -> bool:
        """False when the loop ended by itself."""
        return self._task is None or not self._task.done() or self._stop.is_set()

    async def start(self) -> None:
        """Begin to look for what is due."""
        self._task = asyncio.create_task(self._run(), name="delivery")
        self.ready = True

    async def stop(self) -> None:
        """Claim nothing more, let calls end, and leave what takes too long to be found out."""
        self._stop.set()
        self._asked.ring()
        if self._task is not None:
            await self._task
        for adapter in self._adapters.values():
            await adapter.close()

    async def _run(self) -> None:
        alive = asyncio.create_task(self._stay_alive(), name="delivery signs of life")
        try:
            while not self._stop.is_set():
                await self._begin()
                await self._asked.heard(_LOOK)
            if self._running:
                await asyncio.wait(self._running, timeout=_STOP)
        finally:
            self._ended.set()
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await alive

    async def _begin(self) -> None:
        """Give turns to what is due, as far as there is room: a turn that ends makes some."""
        room = AT_ONCE - len(self._running)
        if room <= 0:
            return
        try:
            turns = await senders.take(self._database, self._holder, _HOLD, room)
        except _FAULTS as error:
            log.warning("delivery_look_failed", error=repr(error))
            return
        for turn in turns:
            task = asyncio.create_task(self._turn(turn), name=f"delivery {turn.channel_id}")
            self._running.add(task)
            task.add_done_callback(self._make_room)

    def _make_room(self, task: asyncio.Task[None]) -> None:
        if len(self._running) >= AT_ONCE:
            self._asked.ring()
        self._running.discard(task)

    async def _turn(self, turn: Turn) -> None:
        try:
            due = await self._turns.do(turn)
        except _FAULTS as error:
            log.warning("delivery_turn_failed", channel_id=str(turn.channel_id), error=repr(error))
        except Exception:
            # The other channels go on; this one is tried again when its hold has run out.
            log.exception("delivery_turn_failed", channel_id=str(turn.channel_id))
        else:
            self._look_again(due)
        finally:
            self._bell.ring()

    def _look_again(self, due: datetime | None) -> None:
        """At that moment, where it comes before the next look."""
        seconds = _LOOK if due is None else (due - utc_now()).total_seconds()
        if seconds < _LOOK:
            asyncio.get_running_loop().call_later(max(seconds, 0.0), self._asked.ring)

    async def _stay_alive(self) -> None:
        while not await wait(self._ended, _SIGN_OF_LIFE):
            if not self._running:
                continue
            try:
                async with self._database.system() as tx:
                    await senders.keep(tx, self._holder, _HOLD)
            except _FAULTS as error:
                log.warning("delivery_sign_of_life_failed", error=repr(error))
