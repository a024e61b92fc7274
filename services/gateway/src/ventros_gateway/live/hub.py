"""Who listens to what: every event is heard once, and handed to those whom it concerns.

Per event: its head is decoded, its project looked up, and the same object appended to each queue
of those who may see it. Nothing else is done for a listener but what its own connection does.
"""

import asyncio
import secrets
import time
from collections import Counter
from typing import Final

import msgspec

from platform_bus.live import LiveEvents
from platform_core.errors import DomainError, Unavailable
from platform_telemetry import counter, gauge, get_logger
from proto_events.envelope import split
from ventros_gateway.callers import Caller
from ventros_gateway.live.filters import Filter
from ventros_gateway.live.heard import Heard, LastId, Place
from ventros_gateway.live.listener import End, Listener
from ventros_gateway.live.ring import Bounds, Ring
from ventros_gateway.live.settings import LiveSettings
from ventros_gateway.revocations import DenyMap

log = get_logger(__name__)

OPEN_SECONDS: Final = 5.0
SLOW_SECONDS: Final = 20.0
"""A client whose queue has been full for so long without taking anything is cut."""
_TICK_SECONDS: Final = 1.0

_listeners = gauge("gateway_live_listeners", "Live streams that are open")
_heard = counter("gateway_live_heard", "Events heard for the live streams")
_delivered = counter("gateway_live_delivered", "Events handed to live streams")
_refetches = counter("gateway_live_refetches", "Marks that something was missed", ("why",))
_ended = counter("gateway_live_ended", "Live streams that ended", ("why",))


class TooManyListeners(DomainError):
    """One more would be one too many."""

    kind = "rate_limited"
    code = "too_many_streams"
    retry_after = 15.0


class _Audience:
    """The listeners of one project, and for each type those who get it."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self._of_type: dict[str, list[Listener]] = {}

    def changed(self) -> None:
        """Somebody came, left, or wants something else."""
        self._of_type.clear()

    def of(self, type_: str) -> list[Listener]:
        """Those who get events of this type."""
        known = self._of_type.get(type_)
        if known is None:
            known = [one for one in self.listeners if one.wants(type_)]
            self._of_type[type_] = known
        return known


class Hub:
    """A supervised part that hears the events and knows the listeners."""

    name = "live"

    def __init__(
        self,
        amqp_url: str,
        denied: DenyMap,
        settings: LiveSettings,
        *,
        bounds: Bounds | None = None,
    ) -> None:
        self._denied = denied
        self._settings = settings
        self._mark = secrets.token_hex(4)
        self._ring = Ring(bounds or Bounds(), mark=self._mark)
        self._events = LiveEvents(amqp_url, ("#",), self._hear, wanted=False)
        self._audiences: dict[Place, _Audience] = {}
        self._of_tenant: Counter[str] = Counter()
        self._of_caller: Counter[str] = Counter()
        self._slots: list[set[Listener]] = [
            set() for _ in range(max(1, round(settings.live_ping / _TICK_SECONDS)))
        ]
        self._number = 0
        self._generation = 0
        self._joined = 0
        self._opening = 0
        self._idle_since: float | None = None
        self._draining = False
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return self._of_tenant.total()

    @property
    def ready(self) -> bool:
        """Always: without the broker streams are refused one by one, and all else goes on."""
        return True

    @property
    def alive(self) -> bool:
        """Whether time goes on, and the broker is being listened to."""
        return self._events.alive and (self._task is None or not self._task.done())

    async def start(self) -> None:
        """Connect; nothing is heard until somebody listens."""
        await self._events.start()
        self._task = asyncio.create_task(self._tick(), name="live")

    async def stop(self) -> None:
        """End every stream, and hear no more."""
        self.drain()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=1)
        await self._events.stop()

    def drain(self) -> None:
        """End every stream now and open no more: the clients go on with another gateway."""
        self._draining = True
        for audience in self._audiences.values():
            for listener in audience.listeners:
                listener.finish(End.STOPPING)

    async def open(
        self, caller: Caller, filter_: Filter, last: LastId | None, *, pings: bool = False
    ) -> Listener:
        """Let the caller listen, from behind `last` on. To be left with `close`.

        Raises:
            TooManyListeners
            Unavailable: the broker is away, or the gateway stops.
        """
        principal = caller.principal
        tenant = str(principal.tenant_id)
        owner = str(principal.subject)
        self._admit(tenant, owner)
        await self._hearing()
        self._admit(tenant, owner)
        self._catch_up()
        place = (tenant, str(principal.project_id))
        listener = Listener(place, owner, principal.permissions, filter_)
        if last is not None:
            self.resume(listener, last)
        audience = self._audiences.setdefault(place, _Audience())
        audience.listeners.add(listener)
        audience.changed()
        self._of_tenant[tenant] += 1
        self._of_caller[owner] += 1
        if pings:
            self._joined += 1
            self._slots[self._joined % len(self._slots)].add(listener)
        self._idle_since = None
        _listeners.inc()
        return listener

    def resume(self, listener: Listener, last: LastId) -> None:
        """Let the listener go on behind `last`, or tell it that it missed something."""
        self._catch_up()
        listener.forget()
        since = self._ring.after(listener.place, last)
        if since is None:
            _refetches.labels("unknown").inc()
            listener.miss()
            return
        for heard in since:
            if listener.wants(heard.type) and not listener.offer(heard):
                _refetches.labels("overflow").inc()
                return

    def narrow(self, listener: Listener, filter_: Filter) -> None:
        """The listener wants something else, of what waits for it as well."""
        listener.narrow(filter_)
        self._audiences[listener.place].changed()

    def close(self, listener: Listener) -> None:
        """The stream is over."""
        audience = self._audiences[listener.place]
        audience.listeners.discard(listener)
        audience.changed()
        if not audience.listeners:
            del self._audiences[listener.place]
        tenant = listener.place[0]
        for counted, key in ((self._of_tenant, tenant), (self._of_caller, listener.owner)):
            counted[key] -= 1
            if not counted[key]:
                del counted[key]
        for slot in self._slots:
            slot.discard(listener)
        _listeners.dec()
        _ended.labels((listener.end or End.LEFT).value).inc()

    def _admit(self, tenant: str, owner: str) -> None:
        settings = self._settings
        if self._draining:
            raise Unavailable("This gateway is stopping.", code="stopping")
        if self._of_caller[owner] >= settings.live_listeners_caller:
            raise TooManyListeners("This caller has too many live streams open.")
        if self._of_tenant[tenant] >= settings.live_listeners_tenant:
            raise TooManyListeners("This tenant has too many live streams open.")
        if len(self) >= settings.live_listeners:
            raise Unavailable("Too many live streams are open.", code="too_many_streams")

    async def _hearing(self) -> None:
        """Wait until events are heard: what happens from then on is told."""
        self._idle_since = None
        self._events.want(True)
        if self._events.live:
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + OPEN_SECONDS
        self._opening += 1
        try:
            while not self._events.live:
                if loop.time() > deadline:
                    why = "Events are not heard at the moment."
                    raise Unavailable(why, code="live_unavailable")
                await asyncio.sleep(0.02)
        finally:
            self._opening -= 1

    def _hear(self, body: bytes) -> None:
        self._catch_up()
        now = time.monotonic()
        try:
            for one in split(body):
                self._number += 1
                heard = Heard(one, number=self._number, at=now, mark=self._mark)
                if self._ring.add(heard):
                    self._tell(heard)
        except msgspec.MsgspecError as error:
            # Whatever it was, somebody may have missed it.
            log.warning("event_not_understood", error=type(error).__name__)
            self._everybody_missed("unreadable")

    def _tell(self, heard: Heard) -> None:
        _heard.inc()
        audience = self._audiences.get(heard.place)
        if audience is None:
            return
        listeners = audience.of(heard.type)
        for listener in listeners:
            if not listener.offer(heard):
                _refetches.labels("overflow").inc()
        _delivered.inc(len(listeners))

    def _catch_up(self) -> None:
        """Events are heard anew: what was between is not known."""
        if self._generation != self._events.generation:
            first = self._generation == 0
            self._generation = self._events.generation
            self._ring.clear(time.monotonic())
            if not first:
                self._everybody_missed("not_heard")

    def _everybody_missed(self, why: str) -> None:
        for audience in self._audiences.values():
            for listener in audience.listeners:
                _refetches.labels(why).inc()
                listener.miss()

    async def _tick(self) -> None:
        """Once a second: some pings, what is too old or too slow, and whether anybody listens."""
        turn = 0
        while True:
            self._events.changed.clear()
            if self._events.live:
                self._catch_up()
            self._look(turn)
            turn += 1
            try:
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._events.changed.wait()
            except TimeoutError:
                continue

    def _look(self, turn: int) -> None:
        now = time.monotonic()
        for listener in self._slots[turn % len(self._slots)]:
            listener.ping()
        self._ring.trim(now)
        for audience in self._audiences.values():
            for listener in audience.listeners:
                since = listener.full_since
                if since is not None and now - since > SLOW_SECONDS:
                    listener.finish(End.SLOW)
        if self._audiences or self._opening:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now - self._idle_since > self._settings.live_linger:
            self._events.want(False)
