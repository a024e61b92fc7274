"""The loop that gives channels their turns: fair over tenants, bounded, one worker per channel."""

import asyncio
from datetime import timedelta
from typing import Final

import asyncpg

from platform_bus import Bell
from platform_bus.bell import wait
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

AT_ONCE: Final = 32
"""Channels that one process works on at the same time."""

_HOLD: Final = timedelta(seconds=15)
_SIGN_OF_LIFE: Final = 5.0
_LOOK: Final = 0.5
_STOP: Final = 28.0
_FAULTS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class DeliveryPart:
    """A part of the process. What it cannot finish when it stops, the next one finds out about."""

    name = "delivery"

    def __init__(
        self,
        database: Database,
        vault: Vault,
        adapters: Adapters,
        bell: Bell,
        storage: Storage | None = None,
    ) -> None:
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
        if self._task is not None:
            await self._task
        for adapter in self._adapters.values():
            await adapter.close()

    async def _run(self) -> None:
        alive = asyncio.create_task(self._stay_alive(), name="delivery signs of life")
        try:
            while not self._stop.is_set():
                begun = await self._begin()
                if not begun or len(self._running) >= AT_ONCE:
                    await self._rest()
            if self._running:
                await asyncio.wait(self._running, timeout=_STOP)
        finally:
            self._ended.set()
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await alive

    async def _begin(self) -> int:
        """Give turns to what is due; how many."""
        room = AT_ONCE - len(self._running)
        if room <= 0:
            return 0
        try:
            async with self._database.system() as tx:
                turns = await senders.take(tx, self._holder, _HOLD, room)
        except _FAULTS as error:
            log.warning("delivery_look_failed", error=repr(error))
            return 0
        for turn in turns:
            task = asyncio.create_task(self._turn(turn), name=f"delivery {turn.channel_id}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(turns)

    async def _turn(self, turn: Turn) -> None:
        try:
            await self._turns.do(turn)
        except _FAULTS as error:
            log.warning("delivery_turn_failed", channel_id=str(turn.channel_id), error=repr(error))
        except Exception:
            # The other channels go on; this one is tried again when its hold has run out.
            log.exception("delivery_turn_failed", channel_id=str(turn.channel_id))
        finally:
            self._bell.ring()

    async def _rest(self) -> None:
        """Until it is time to look again, or a turn has ended and left room."""
        if self._running and len(self._running) >= AT_ONCE:
            await asyncio.wait(self._running, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED)
        else:
            await wait(self._stop, _LOOK)

    async def _stay_alive(self) -> None:
        while not await wait(self._ended, _SIGN_OF_LIFE):
            if not self._running:
                continue
            try:
                async with self._database.system() as tx:
                    await senders.keep(tx, self._holder, _HOLD)
            except _FAULTS as error:
                log.warning("delivery_sign_of_life_failed", error=repr(error))
