"""The bus of one process: relay, lanes, queues and retries, started and stopped in order.

Two parts for the process runner, because order matters at the end: consumers stop first, what
they wrote last is still published, then the relay stops.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import structlog

from platform_bus.bell import Bell
from platform_bus.combiner import Combiner
from platform_bus.consumer import Consumer
from platform_bus.dead_letters import DeadLetters
from platform_bus.lanes import LaneKeeper
from platform_bus.processing import Processor
from platform_bus.publisher import Publisher
from platform_bus.receiver import Receiver
from platform_bus.relay import Relay
from platform_bus.retries import Retries
from platform_bus.settings import BusSettings
from platform_bus.topology import AmqpError
from platform_core.ids import new_id
from platform_postgres import Database

log = structlog.get_logger(__name__)


class _Loop:
    """A supervised background loop: if it ends before it was told to, the process is unwell."""

    def __init__(self, name: str, work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
        self._stop = stop
        self._task = asyncio.create_task(work, name=name)

    @property
    def alive(self) -> bool:
        return not self._task.done()

    async def end(self, deadline: float) -> None:
        self._stop.set()
        _, late = await asyncio.wait({self._task}, timeout=deadline)
        for task in late:
            log.warning("loop.cancelled", loop=task.get_name())
            task.cancel()
        outcome = (await asyncio.gather(self._task, return_exceptions=True))[0]
        if isinstance(outcome, Exception):
            log.error("loop.failed", loop=self._task.get_name(), error=repr(outcome))


class RelayPart:
    """The relay of a process that writes."""

    name = "relay"

    def __init__(self, database: Database, settings: BusSettings, bell: Bell) -> None:
        self.relay = Relay(database, settings, bell)
        self._stop = asyncio.Event()
        self._loop: _Loop | None = None
        self._bell = bell

    async def start(self) -> None:
        self._loop = _Loop("relay", self.relay.run(self._stop), self._stop)
        self._bell.ring()

    async def stop(self, deadline: float = 10.0) -> None:
        if self._loop is not None:
            self._stop.set()
            self._bell.ring()
            await self._loop.end(deadline)

    @property
    def ready(self) -> bool:
        """The last round reached database and broker."""
        return self._loop is not None and self._loop.alive and self.relay.healthy

    @property
    def alive(self) -> bool:
        """False when the loop has ended by itself: the process must be replaced."""
        return self._loop is None or self._loop.alive


class ConsumersPart:
    """The consumers of a process."""

    name = "consumers"

    def __init__(
        self, database: Database, settings: BusSettings, bell: Bell, consumers: Sequence[Consumer]
    ) -> None:
        self.consumers = tuple(consumers)
        self._database = database
        self._settings = settings
        self._bell = bell
        self._replica = new_id()
        self._stop = asyncio.Event()
        self._loops: list[_Loop] = []
        self._dead_letters = DeadLetters(settings)
        processors = {consumer.name: self._processor(consumer) for consumer in consumers}
        combined = {name: Combiner(processor.handle) for name, processor in processors.items()}
        self.keepers = [
            LaneKeeper(database, settings, consumer, combined[consumer.name].handle, self._replica)
            for consumer in consumers
            if consumer.laned
        ]
        self.receivers = [
            Receiver(settings, consumer, combined[consumer.name].handle, lane=None)
            for consumer in consumers
            if not consumer.laned
        ]
        self._retries = Retries(database, settings, processors)
        self._unwell_since: float | None = None

    def _processor(self, consumer: Consumer) -> Processor:
        queue = consumer.queue_name(0 if consumer.laned else None)
        return Processor(
            self._database,
            consumer,
            self._bell,
            dead_letter=self._dead_letters.of(consumer, queue),
            attempts=self._settings.ordered_attempts,
            stop=self._stop,
        )

    async def start(self) -> None:
        for receiver in self.receivers:
            receiver.start()
        for keeper in self.keepers:
            self._loops.append(_Loop("lanes", keeper.run(self._stop), self._stop))
        self._loops.append(_Loop("retries", self._retries.run(self._stop), self._stop))

    async def stop(self, deadline: float = 15.0) -> None:
        self._stop.set()
        await asyncio.gather(
            *(receiver.stop(deadline) for receiver in self.receivers),
            *(loop.end(deadline) for loop in self._loops),
        )
        await self._dead_letters.close()

    @property
    def ready(self) -> bool:
        """Every receiver is connected and every lane of our share is served."""
        return self.alive and self._healthy

    @property
    def _healthy(self) -> bool:
        return all(r.healthy for r in self.receivers) and all(k.healthy for k in self.keepers)

    @property
    def alive(self) -> bool:
        """False when a loop has ended, or when not ready for longer than the watchdog allows."""
        if not all(loop.alive for loop in self._loops):
            return False
        now = asyncio.get_running_loop().time()
        if self._healthy:
            self._unwell_since = None
        elif self._unwell_since is None:
            self._unwell_since = now
        elif now - self._unwell_since > self._settings.watchdog_seconds:
            return False
        return True


async def broker_answers(settings: BusSettings) -> bool:
    """True when a connection to the broker can be opened within its deadline."""
    publisher = Publisher(settings, in_flight=1)
    try:
        await publisher.channel()
    except AmqpError:
        return False
    await publisher.drop()
    return True
