"""Access that was taken back: refused within a second, however long its tokens would last.

Events tell of it as it happens; identity is asked for all that still matters at the start, whenever
events are heard anew, every second while they are not, and now and then in any case.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

import aiohttp
import msgspec

from platform_auth.access import LIFETIME_SECONDS
from platform_auth.errors import TokenRevoked
from platform_auth.jwt import LEEWAY_SECONDS
from platform_bus.live import LiveEvents
from platform_core.errors import Unavailable
from platform_telemetry import counter, get_logger
from proto_events import envelope
from proto_events.envelope import Envelope
from proto_events.identity import AccessRevoked, ProjectDeleted, ProjectUpdated
from proto_events.users import UserDisabled
from ventros_gateway.callers import Caller
from ventros_gateway.upstream import Upstream

log = get_logger(__name__)

TYPES: Final = (
    "access.revoked.v1",
    "user.disabled.v1",
    "project.updated.v1",
    "project.deleted.v1",
)
FETCH_SECONDS: Final = 2.0
# While no events are heard, and when they are: a broken connection is noticed late.
DEAF_SECONDS: Final = 1.0
HEARING_SECONDS: Final = 10.0
# What was learnt from identity alone is good for so long.
FRESH_SECONDS: Final = 3 * DEAF_SECONDS
PAGE: Final = 200

What = Literal["sign_in", "user", "api_key", "application", "project"]

_denied = counter("gateway_revoked_refused", "Requests with access that was taken back")


class _Revoked(msgspec.Struct, frozen=True, kw_only=True):
    what: What
    id: UUID
    revoked_at: datetime
    matters_until: datetime


class _Page(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_Revoked]
    next_cursor: str | None


class DenyMap:
    """What is denied, until it no longer matters; and what is open that would have to close."""

    def __init__(self) -> None:
        # By what and id: tokens made until then (seconds since 1970), and until when to keep it.
        self._denied: dict[tuple[What, UUID | None], tuple[float, float]] = {}
        # By key: the time that was told, when it was heard (monotonic), and until when to keep it.
        self._keys: dict[UUID, tuple[float, float, float]] = {}
        self._open: dict[object, tuple[Caller, Callable[[], None]]] = {}

    def __len__(self) -> int:
        return len(self._denied) + len(self._keys)

    def deny(self, what: What, identifier: UUID, *, made_until: float, keep_until: float) -> None:
        """Deny it, and hang up what it has open."""
        if what == "api_key":
            self._ask_anew(identifier, made_until, keep_until)
            return
        key = (what, identifier)
        known = self._denied.get(key)
        if known is not None:
            made_until, keep_until = max(known[0], made_until), max(known[1], keep_until)
            if (made_until, keep_until) == known:
                return
        self._denied[key] = (made_until, keep_until)
        self._hang_up()

    def _ask_anew(self, key_id: UUID, told: float, keep_until: float) -> None:
        known = self._keys.get(key_id)
        if known is None or known[0] != told:
            self._keys[key_id] = (told, time.monotonic(), keep_until)
            self._hang_up()

    def _hang_up(self) -> None:
        for caller, hang_up in list(self._open.values()):
            if self.denies(caller):
                hang_up()

    def denies(self, caller: Caller) -> bool:
        """Whether the caller's token is one of those that are refused.

        A sign-in has ended for good. A user, an application or a project may have been let in again
        since: only tokens made before count, by whole seconds, as tokens do. A key may have been
        revoked or may do something else now: what identity said of it before this was heard is good
        no longer, by our own clock alone, and identity is asked anew.
        """
        principal = caller.principal
        if principal.kind == "api_key":
            heard = self._keys.get(principal.subject)
            return heard is not None and caller.issued_at <= heard[1]
        if not self._denied:
            return False
        if principal.sign_in_id is not None and ("sign_in", principal.sign_in_id) in self._denied:
            return True
        return any(
            denied is not None and caller.issued_at <= denied[0]
            for denied in (
                self._denied.get(("user", principal.subject)),
                self._denied.get(("application", principal.application_id)),
                self._denied.get(("project", principal.project_id)),
            )
        )

    @contextlib.contextmanager
    def watch(self, caller: Caller, hang_up: Callable[[], None]) -> Iterator[None]:
        """Call `hang_up` when the caller comes to be denied while the block runs."""
        key = object()
        self._open[key] = (caller, hang_up)
        try:
            yield
        finally:
            del self._open[key]

    def forget(self, now: float) -> None:
        """Let go of what no longer matters."""
        for key in [key for key, (_, until) in self._denied.items() if until < now]:
            del self._denied[key]
        for key_id in [key_id for key_id, (*_, until) in self._keys.items() if until < now]:
            del self._keys[key_id]


class Revocations:
    """A supervised part that keeps the map."""

    name = "revocations"

    def __init__(self, upstream: Upstream, identity_url: str, amqp_url: str) -> None:
        self._upstream = upstream
        self._url = identity_url.rstrip("/") + "/internal/revocations"
        self._events = LiveEvents(amqp_url, TYPES, self._hear)
        self._task: asyncio.Task[None] | None = None
        self._fetched_at = float("-inf")
        self._fetched_in = 0
        self.denied = DenyMap()

    @property
    def ready(self) -> bool:
        """Whether everything that was taken back a second ago is known."""
        if self._events.live and self._fetched_in == self._events.generation:
            return True
        return time.monotonic() - self._fetched_at < FRESH_SECONDS

    @property
    def alive(self) -> bool:
        """Whether the refreshing goes on."""
        return self._events.alive and (self._task is None or not self._task.done())

    async def start(self) -> None:
        """Begin to listen and to ask, without waiting for either."""
        await self._events.start()
        self._task = asyncio.create_task(self._keep(), name="revocations")

    async def stop(self) -> None:
        """Listen and ask no more."""
        await self._events.stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def check(self, caller: Caller) -> None:
        """Let the caller through.

        Raises:
            TokenRevoked
            Unavailable: nothing is known yet.
        """
        if self._fetched_at < 0:
            raise Unavailable("Access cannot be checked yet.", code="revocations_unavailable")
        if self.denied.denies(caller):
            _denied.inc()
            raise TokenRevoked("This access has been taken back.")

    async def _keep(self) -> None:
        while True:
            self._events.changed.clear()
            generation = self._events.generation
            hearing = self._events.live
            fetched = await self._fetch()
            if fetched:
                self._fetched_in = generation if hearing else -1
            self.denied.forget(time.time())
            pause = HEARING_SECONDS if hearing and fetched else DEAF_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._events.changed.wait()

    async def _fetch(self) -> bool:
        began, cursor = time.monotonic(), ""
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                while True:
                    page = await self._page(cursor)
                    for one in page.items:
                        self._add(one)
                    if page.next_cursor is None:
                        break
                    cursor = page.next_cursor
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError) as error:
            log.warning("revocations_not_fetched", error=type(error).__name__)
            return False
        self._fetched_at = began
        return True

    async def _page(self, cursor: str) -> _Page:
        query = [("limit", str(PAGE)), *(("what", one) for one in get_args(What))]
        if cursor:
            query.append(("cursor", cursor))
        async with self._upstream.session.get(self._url, params=query) as answer:
            answer.raise_for_status()
            return msgspec.json.decode(await answer.read(), type=_Page)

    def _hear(self, body: bytes) -> None:
        try:
            self._understand(envelope.decode(body))
        except msgspec.MsgspecError as error:
            # Identity says it as well when it is asked.
            log.warning("revocation_not_understood", error=type(error).__name__)
            self._events.changed.set()

    def _understand(self, event: Envelope) -> None:
        if event.type == "access.revoked.v1":
            said = msgspec.json.decode(event.data, type=AccessRevoked)
            self._add(
                _Revoked(
                    what=said.what,
                    id=said.id,
                    revoked_at=said.revoked_at,
                    matters_until=said.matters_until,
                )
            )
        elif event.type == "user.disabled.v1":
            user = msgspec.json.decode(event.data, type=UserDisabled)
            self._deny_older("user", user.user_id, event.time)
        elif event.type == "project.updated.v1":
            project = msgspec.json.decode(event.data, type=ProjectUpdated)
            if not project.active:
                self._deny_older("project", project.project_id, event.time)
        elif event.type == "project.deleted.v1":
            gone = msgspec.json.decode(event.data, type=ProjectDeleted)
            self._deny_older("project", gone.project_id, event.time)

    def _deny_older(self, what: What, identifier: UUID, told: datetime) -> None:
        """Deny what was made before an event that says why, as long as any of it may be around."""
        at = told.timestamp()
        keep_until = at + LIFETIME_SECONDS + LEEWAY_SECONDS
        self.denied.deny(what, identifier, made_until=at, keep_until=keep_until)

    def _add(self, one: _Revoked) -> None:
        self.denied.deny(
            one.what,
            one.id,
            made_until=one.revoked_at.timestamp(),
            keep_until=one.matters_until.timestamp() + LEEWAY_SECONDS,
        )
