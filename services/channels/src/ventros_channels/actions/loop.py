"""The loop that does what waits to be done to messages: bounded, over all tenants."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_bus import Bell, Outgoing, emit
from platform_bus.bell import wait
from platform_core.clock import utc_now
from platform_crypto import Vault
from platform_postgres import Database, is_transient
from platform_telemetry import counter, get_logger
from proto_events import envelope as frame
from proto_events.message_actions import MessageActionRequested
from ventros_channels.actions.actor import Actor
from ventros_channels.actions.say import action_done, action_failed
from ventros_channels.commands.connection import connection_of
from ventros_channels.delivery.connection import note_refused_key
from ventros_channels.delivery.rest import KEY_REFUSED
from ventros_channels.domain.action import Action, wait_after
from ventros_channels.domain.adapter import FateUnknown, NotSent
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.whatsapp_cloud.failures import UNAUTHORIZED
from ventros_channels.events.say_sending import NOT_IN_USE, Failure
from ventros_channels.store import actions, senders
from ventros_channels.store.senders import Turn

log = get_logger(__name__)

AT_ONCE: Final = 16
EACH: Final = 4
"""Under way at once of one channel: a provider that hangs holds up its own channel alone."""
_HOLD: Final = timedelta(seconds=60)
"""Longer than a call may take."""
_LOOK: Final = 0.5
_STOP: Final = 5.0
_DONE = counter("channels_actions", "What was to be done to messages, by outcome", ("outcome",))


class ActionsPart:
    """A part of the process; what it cannot finish when it stops is done again later."""

    name = "actions"

    def __init__(
        self, database: Database, vault: Vault, actors: Mapping[ChannelType, Actor], bell: Bell
    ) -> None:
        self._database = database
        self._vault = vault
        self._actors = actors
        self._bell = bell
        self._stop = asyncio.Event()
        self._running: dict[asyncio.Task[None], UUID] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """True while the loop runs."""
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Begin to look for what is due."""
        self._stop.clear()
        self._task = asyncio.create_task(self._run(), name="actions")

    async def stop(self) -> None:
        """Take nothing more; a call that is open may end soon, or is made again by the next."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def run_once(self) -> int:
        """Do what is due, as far as there is room, to its end; how many that were."""
        due = await self._take(AT_ONCE)
        await asyncio.gather(*(self._one(action) for action in due))
        return len(due)

    async def _run(self) -> None:
        try:
            while not self._stop.is_set():
                begun = await self._begin()
                if len(self._running) >= AT_ONCE:
                    await asyncio.wait(
                        self._running, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED
                    )
                elif not begun:
                    await wait(self._stop, _LOOK)
            if self._running:
                await asyncio.wait(self._running, timeout=_STOP)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _begin(self) -> int:
        try:
            due = await self._take(AT_ONCE - len(self._running))
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("actions.away", reason=type(error).__name__)
            return 0
        for action in due:
            task = asyncio.create_task(self._one(action), name=f"action {action.id}")
            self._running[task] = action.channel_id
            task.add_done_callback(self._running.pop)
        return len(due)

    async def _take(self, room: int) -> list[Action]:
        if room <= 0:
            return []
        async with self._database.system() as tx:
            running = Counter(self._running.values())
            return await actions.take(tx, _HOLD, room, running=running, each=EACH)

    async def _one(self, action: Action) -> None:
        try:
            await self._do(action)
        except Exception as error:
            # The others go on; this one is found again when its hold has run out.
            if is_transient(error):
                log.warning("action.away", action_id=str(action.id), reason=repr(error))
            else:
                log.exception("action.failed", action_id=str(action.id))
        finally:
            self._bell.ring()

    async def _do(self, action: Action) -> None:
        cause = frame.decode(action.requested)
        asked = msgspec.json.decode(cause.data, type=MessageActionRequested)
        async with self._database.tenant(action.tenant_id) as tx:
            line = await senders.line(tx, action.channel_id)
        try:
            if action.expires_at <= utc_now():
                raise NotSent("expired", "The channel did not work in time.")
            if line is None or line.deleted or line.status != "active":
                raise NotSent(NOT_IN_USE.failure, NOT_IN_USE.reason, code=NOT_IN_USE.code)
            if line.key_refused:
                raise NotSent(KEY_REFUSED.failure, KEY_REFUSED.reason)
            actor = self._actors.get(line.type)
            if actor is None:
                raise NotSent("unsupported", "The channel's provider does nothing to messages.")
            await actor.act(connection_of(self._vault, line), asked)
        except FateUnknown:
            await self._put_off(action)
        except NotSent as error:
            if error.again:
                await self._put_off(action)
                return
            if line is not None and error.connection == UNAUTHORIZED:
                turn = Turn(action.tenant_id, action.channel_id)
                async with self._database.tenant(action.tenant_id) as tx:
                    await note_refused_key(tx, turn, line, error.reason)
            why = Failure(failure=error.failure, reason=error.reason, code=error.code)
            await self._settle(action, action_failed(cause, asked, why, utc_now()), "failed")
        else:
            await self._settle(action, action_done(cause, asked, utc_now()), "done")

    async def _settle(self, action: Action, said: Outgoing, outcome: str) -> None:
        async with self._database.tenant(action.tenant_id) as tx:
            if await actions.remove(tx, action.id):
                _DONE.labels(outcome).inc()
                await emit(tx, [said])

    async def _put_off(self, action: Action) -> None:
        until = min(utc_now() + wait_after(action.attempts), action.expires_at)
        async with self._database.tenant(action.tenant_id) as tx:
            await actions.put_off(tx, action.id, until)
