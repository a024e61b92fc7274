"""The loop that asks providers for profile pictures, slowly, and says what they answer."""

import asyncio
from datetime import timedelta
from typing import Final

import asyncpg

from platform_bus import Bell, Outgoing, emit
from platform_bus.bell import wait
from platform_core.clock import utc_now
from platform_core.errors import DomainError
from platform_crypto import Vault
from platform_postgres import Database
from platform_telemetry import counter, get_logger
from proto_events.channels import ChannelProfilePictureReceived
from ventros_channels.adapters import Adapters
from ventros_channels.connections.reach import Reached, reach
from ventros_channels.domain.channel import ChannelNotFound
from ventros_channels.domain.provider_errors import UnsupportedByProvider
from ventros_channels.store import picture_looks
from ventros_channels.store.picture_looks import Look

log = get_logger(__name__)

AT_ONCE: Final = 4
"""Questions that one process asks at the same time."""

ATTEMPTS: Final = 5
_HOLD: Final = timedelta(minutes=3)
"""Longer than a call may take: it is asked again should the process end."""
_LATER: Final = timedelta(minutes=10)
"""After a first failure; each one doubles it."""
_LOOK: Final = 1.0
_FAULTS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

_ASKED = counter("channels_picture_looks", "Questions about profile pictures", ("outcome",))


class PicturesPart:
    """A part of the process. A question that it does not finish is asked again."""

    name = "pictures"

    def __init__(self, database: Database, vault: Vault, adapters: Adapters, bell: Bell) -> None:
        self._database = database
        self._vault = vault
        self._adapters = adapters
        self._bell = bell
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """True while the loop runs."""
        return self._task is not None and not self._task.done()

    @property
    def alive(self) -> bool:
        """False when the loop ended by itself."""
        return self._task is None or not self._task.done() or self._stop.is_set()

    async def start(self) -> None:
        """Begin to look for what is due."""
        self._stop.clear()
        self._task = asyncio.create_task(self._run(), name="pictures")

    async def stop(self) -> None:
        """Ask nothing more; what was asked may be answered, within the call's own time."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def run_once(self) -> int:
        """Ask what is due, at most `AT_ONCE`; how many that were."""
        async with self._database.system() as tx:
            due = await picture_looks.take(tx, AT_ONCE, _HOLD)
        await asyncio.gather(*(self._one(look) for look in due))
        return len(due)

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                done = await self.run_once()
            except _FAULTS as error:
                log.warning("pictures_look_failed", error=repr(error))
                done = 0
            if not done:
                await wait(self._stop, _LOOK)

    async def _one(self, look: Look) -> None:
        try:
            await self._ask(look)
        except Exception as error:
            # The others go on; this one is due again when its hold has run out.
            if not isinstance(error, _FAULTS):
                log.exception("picture_look_failed", contact_id=str(look.contact_id))
                return
            log.warning("picture_look_failed", contact_id=str(look.contact_id), error=repr(error))

    async def _ask(self, look: Look) -> None:
        try:
            async with self._database.tenant(look.tenant_id) as tx:
                found = await reach(
                    tx, self._vault, self._adapters, look.project_id, look.channel_id
                )
            url, version = await _picture(found, look), found.channel.version
        except (ChannelNotFound, UnsupportedByProvider):
            await self._settle(look, "not_asked")
        except DomainError as error:
            if look.attempts >= ATTEMPTS:
                await self._settle(look, "given_up")
                return
            _ASKED.labels(error.code).inc()
            until = utc_now() + _LATER * 2 ** (look.attempts - 1)
            async with self._database.tenant(look.tenant_id) as tx:
                await picture_looks.put_off(tx, look.contact_id, until)
        else:
            outcome = "none" if url is None else "shown"
            await self._settle(look, outcome, url=url, version=version)

    async def _settle(
        self, look: Look, outcome: str, *, url: str | None = None, version: int = 0
    ) -> None:
        now = utc_now()
        async with self._database.tenant(look.tenant_id) as tx:
            await picture_looks.settle(tx, look.contact_id, now)
            if url is not None:
                event = ChannelProfilePictureReceived(
                    channel_id=look.channel_id,
                    contact_id=look.contact_id,
                    profile_picture_url=url,
                    fetched_at=now,
                )
                told = Outgoing(
                    event=event,
                    tenant_id=look.tenant_id,
                    project_id=look.project_id,
                    subject=look.channel_id,
                    sequence=version,
                    partition_key=str(look.contact_id),
                )
                await emit(tx, [told])
        _ASKED.labels(outcome).inc()
        self._bell.ring()


async def _picture(found: Reached, look: Look) -> str | None:
    """None: they show none, or the channel is not in use.

    Raises:
        UnsupportedByProvider, ProviderError
    """
    if found.channel.status != "active":
        return None
    return await found.look_ups.profile_picture(found.at, look.chat)
