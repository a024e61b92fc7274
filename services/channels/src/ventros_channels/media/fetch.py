"""Fetch one file: claimed and committed before, called with no transaction open, recorded after."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from platform_bus import Outgoing, emit
from platform_core.clock import utc_now
from platform_crypto import DecryptionError, Vault
from platform_postgres import Database
from platform_storage import (
    FileBlocked,
    FileTooLarge,
    FileTooLargeToScan,
    FileUnjudged,
    ScannerAway,
    Storage,
    StorageAway,
)
from platform_telemetry import counter
from ventros_channels.commands.connection import connection_of
from ventros_channels.delivery.connection import note_refused_key
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.files import (
    KEY_AWAITED,
    Coming,
    FileSource,
    NoFile,
    wait_after,
    wait_for_judgement,
)
from ventros_channels.events.say_media import media_lost, media_stored
from ventros_channels.store import media_jobs, senders
from ventros_channels.store.media_jobs import Job
from ventros_channels.store.senders import Line, Turn

_FETCHED: Final = counter("channels_files", "Files of messages by what became of them", ("fate",))
_WE_ARE_AWAY: Final = timedelta(seconds=15)
_NEVER_JUDGED: Final = NoFile("blocked", code="unscannable")


class Fetching:
    """Fetches files; `limit` is the largest in bytes."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        sources: Mapping[ChannelType, FileSource],
        storage: Storage,
        *,
        limit: int,
    ) -> None:
        self._database = database
        self._vault = vault
        self._sources = sources
        self._storage = storage
        self._limit = limit

    async def do(self, job: Job, holder: UUID) -> None:
        """One attempt. Doing it twice does no harm: the same content is kept once, and said once.

        What the database raises leaves the job to whoever finds it when its hold has run out.
        """
        try:
            said = await self._stored(job)
            fate = "stored"
        except FileUnjudged:
            wait = wait_for_judgement(job.unjudged + 1)
            _FETCHED.labels("unjudged").inc()
            if wait is not None:
                await self._put_off_by_us(job, holder, wait, job.unjudged + 1)
                return
            said, fate = media_lost(job, _NEVER_JUDGED, utc_now()), "lost"
        except (StorageAway, ScannerAway):
            # Nobody's fault but ours: it never makes a file lost.
            _FETCHED.labels("put_off").inc()
            await self._put_off_by_us(job, holder, _WE_ARE_AWAY, job.unjudged)
            return
        except NoFile as error:
            if error.key_invalid and await self._awaits_key(job, holder):
                _FETCHED.labels("put_off").inc()
                return
            wait = wait_after(job.attempts, error)
            if wait is not None:
                _FETCHED.labels("put_off").inc()
                async with self._database.tenant(job.tenant_id) as tx:
                    await media_jobs.put_off(tx, job.message_id, holder, wait)
                return
            said, fate = media_lost(job, error, utc_now()), "lost"
        async with self._database.tenant(job.tenant_id) as tx:
            if await media_jobs.settle(tx, job.message_id):
                await emit(tx, [said])
                _FETCHED.labels(fate).inc()

    async def _put_off_by_us(self, job: Job, holder: UUID, wait: timedelta, unjudged: int) -> None:
        async with self._database.tenant(job.tenant_id) as tx:
            await media_jobs.put_off_by_us(tx, job.message_id, holder, wait, unjudged)

    async def _awaits_key(self, job: Job, holder: UUID) -> bool:
        async with self._database.tenant(job.tenant_id) as tx:
            return await media_jobs.await_key(tx, job.message_id, holder, KEY_AWAITED)

    async def _stored(self, job: Job) -> Outgoing:
        """Raises `NoFile`, `StorageAway`, `ScannerAway`, `FileUnjudged`."""
        if (job.wanted.size_bytes or 0) > self._limit:
            raise NoFile("too_large")
        source, at, line = await self._way(job)
        try:
            return await self._fetched(job, source, at)
        except NoFile as error:
            if error.key_invalid:
                turn = Turn(job.tenant_id, job.channel_id)
                async with self._database.tenant(job.tenant_id) as tx:
                    await note_refused_key(tx, turn, line, "The provider refused it for a file.")
            raise

    async def _fetched(self, job: Job, source: FileSource, at: Connection) -> Outgoing:
        """Raises `NoFile`, `StorageAway`, `ScannerAway`, `FileUnjudged`."""
        async with source.fetch(at, job.wanted) as coming:
            if (coming.size_bytes or 0) > self._limit:
                raise NoFile("too_large")
            try:
                chunks = _whole(coming)
                stored = await self._storage.put(job.tenant_id, chunks, limit=self._limit)
            except (FileTooLarge, FileTooLargeToScan) as error:
                raise NoFile("too_large") from error
            except FileBlocked as error:
                raise NoFile("blocked", code=error.signature) from error
            return media_stored(job, coming, stored, utc_now())

    async def _way(self, job: Job) -> tuple[FileSource, Connection, Line]:
        """Raises `NoFile`."""
        async with self._database.tenant(job.tenant_id) as tx:
            line = await senders.line(tx, job.channel_id)
        if line is None or line.deleted:
            raise NoFile("gone", code="channel_deleted")
        if job.wanted.view_once and not line.keep_view_once:
            raise NoFile("refused", code="view_once")
        if line.key_refused:
            raise NoFile("refused", code="provider_key_refused", again=True, key_invalid=True)
        source = self._sources.get(line.type)
        if source is None:
            raise NoFile("refused", code="unsupported_by_provider")
        try:
            return source, connection_of(self._vault, line), line
        except DecryptionError as error:
            raise NoFile("unreachable", code="credential_unreadable", again=True) from error


async def _whole(coming: Coming) -> AsyncIterator[bytes]:
    """The chunks; a file that ends before its time, or has nothing in it, is none."""
    size = 0
    async for chunk in coming.chunks:
        size += len(chunk)
        yield chunk
    if not size or size < (coming.size_bytes or 0):
        raise NoFile("incomplete", again=True)
