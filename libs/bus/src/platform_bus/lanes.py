"""The lanes of one consumer that this replica serves: a receiver for each, as the leases say."""

import asyncio
from uuid import UUID

import asyncpg
import structlog

from platform_bus import state
from platform_bus.bell import wait
from platform_bus.combiner import Handle
from platform_bus.consumer import Consumer
from platform_bus.leases import Leases
from platform_bus.receiver import Receiver
from platform_bus.settings import BusSettings
from platform_postgres import Database

log = structlog.get_logger(__name__)

_FAULTS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class LaneKeeper:
    """The background loop that keeps receivers in step with leases."""

    def __init__(
        self,
        database: Database,
        settings: BusSettings,
        consumer: Consumer,
        handle: Handle,
        replica: UUID,
    ) -> None:
        self._database = database
        self._settings = settings
        self._consumer = consumer
        self._handle = handle
        self._leases = Leases(database, consumer.name, replica, settings.lease_seconds)
        self._receivers: dict[int, Receiver] = {}
        self._renewed = 0.0
        self._synced = False

    @property
    def lanes(self) -> frozenset[int]:
        """The lanes that are served here now."""
        return frozenset(self._receivers)

    @property
    def healthy(self) -> bool:
        """True once the share is known and every receiver of it is connected."""
        return self._synced and all(r.healthy for r in self._receivers.values())

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then every receiver finishes, and the lanes are given up."""
        loop = asyncio.get_running_loop()
        self._renewed = loop.time()
        known = False
        try:
            while not stop.is_set():
                try:
                    if not known:
                        await state.ensure(self._database, self._settings.pipeline_lanes)
                        known = True
                    await self.run_once()
                    self._renewed = loop.time()
                except _FAULTS as error:
                    log.warning(
                        "lanes.round_failed", consumer=self._consumer.name, error=repr(error)
                    )
                    if loop.time() - self._renewed > self._settings.lease_seconds:
                        # Another replica may hold them by now.
                        await self._stop_receivers(self.lanes)
                await wait(stop, self._settings.lease_seconds / 3)
        finally:
            await self._give_up()

    async def run_once(self) -> None:
        """One look at the leases: drop what is not ours, take what is free and our share."""
        share = await self._leases.renew(idle=all(r.idle for r in self._receivers.values()))
        lost = self.lanes - share.held
        await self._stop_receivers(lost)
        over = frozenset(sorted(self.lanes)[share.most :])
        if over:
            await self._stop_receivers(over)
            await self._leases.release(over)
        held = self.lanes
        strays = share.held - held - over
        wanted = strays
        if len(held | strays) < share.most:
            wanted |= await self._leases.claim(share.lanes, share.most - len(held | strays))
        for lane in sorted(wanted):
            receiver = Receiver(self._settings, self._consumer, self._handle, lane=lane)
            receiver.start()
            self._receivers[lane] = receiver
        if lost or over or wanted:
            log.info("lanes.share", consumer=self._consumer.name, lanes=sorted(self.lanes))
        self._synced = True

    async def _stop_receivers(self, lanes: frozenset[int]) -> None:
        stopping = [self._receivers.pop(lane) for lane in lanes]
        await asyncio.gather(*(receiver.stop() for receiver in stopping))

    async def _give_up(self) -> None:
        lanes = self.lanes
        await self._stop_receivers(lanes)
        try:
            async with asyncio.timeout(3):
                await self._leases.release(lanes)
                await self._leases.leave()
        except _FAULTS as error:
            log.info("lanes.leases_left_to_expire", error=repr(error))
