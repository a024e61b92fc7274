"""The work of an import: list the chats, take their pages, and leave what cannot be read.

What is done is in the database with how far it is, so a worker that dies leaves nothing half done
and whoever goes on begins where it was.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_bus import Bell, emit
from platform_core.clock import utc_now
from platform_core.errors import Unavailable
from platform_crypto import Vault
from platform_outbound import Outbound
from platform_postgres import Database
from platform_telemetry import counter, get_logger
from ventros_channels.adapters import Adapters, history_sources
from ventros_channels.connections.reach import reach
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.channel import ChannelNotFound, ChannelType
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.history import (
    Chat,
    Counts,
    HistoryImport,
    HistorySource,
    given_up,
    whole_seconds,
)
from ventros_channels.history import imports
from ventros_channels.history.pace import Pace
from ventros_channels.history.page import Page, Payloads, store_page
from ventros_channels.store import history_chats, history_imports
from ventros_channels.store.history_chats import NotRead

log = get_logger(__name__)

PATIENCE: Final = timedelta(minutes=30)
"""How long a chat that cannot be read is tried again."""

_IMPORTED = counter("channels_history_messages", "Messages of imports by outcome", ("outcome",))


class ImportRefused(Exception):
    """It will not work later either; the reason is for a person to read."""


class ImportLater(Exception):
    """The provider does not show its history for the moment."""


class Historian:
    """What imports need: the database, the vault, the providers, the pace."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        adapters: Adapters,
        calls: Outbound,
        bell: Bell,
        *,
        per_second: float,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._database = database
        self._vault = vault
        self._adapters = adapters
        self._sources: Mapping[ChannelType, HistorySource] = history_sources(calls)
        self._bell = bell
        self._pace = Pace(per_second)
        self._patience = patience

    async def begin(self, tenant_id: UUID, import_id: UUID) -> None:
        """Say that it begins, and write down which chats there are. May be done again.

        Raises:
            ImportRefused, ImportLater
        """
        found = await self._reach(tenant_id, import_id)
        if found is None or found.what.chats_total is not None:
            return
        async with self._database.tenant(tenant_id) as tx:
            await emit(tx, await imports.begin_import(tx, import_id, utc_now()))
        self._bell.ring()
        try:
            chats = await found.source.chats(found.at)
        except NotSent as error:
            raise _meaning(error) from error
        async with self._database.tenant(tenant_id) as tx:
            await history_chats.add(tx, tenant_id, import_id, chats)
            await history_imports.listed(tx, import_id, utc_now())

    async def carry_on(self, tenant_id: UUID, import_id: UUID, pages: int) -> bool:
        """Take so many pages; False: there is nothing left to take, or the import is over.

        Raises:
            ImportRefused
            ImportLater: the chat that was next waits behind the others.
        """
        found = await self._reach(tenant_id, import_id)
        if found is None:
            return False
        before: tuple[str, Payloads] | None = None
        for _ in range(pages):
            async with self._database.tenant(tenant_id) as tx:
                chat = await history_chats.following(tx, import_id)
            if chat is None:
                return False
            try:
                page = await _fetch(found, chat)
            except NotSent as error:
                if await self._left(found.what, chat, error):
                    continue
                raise _meaning(error) from error
            if page.payloads and before == (chat.chat, page.payloads):
                await self._give_up(found.what, chat, "The provider shows one page for ever.")
                continue
            before = (chat.chat, page.payloads)
            counts = await store_page(self._database, tenant_id, import_id, page)
            if counts is None:
                return await self._runs(tenant_id, import_id)
            self._bell.ring()
            _count(counts)
            await self._pace.take(len(page.payloads))
        return True

    async def end(self, tenant_id: UUID, import_id: UUID, failure: str | None) -> None:
        """All that there is was taken; or the import broke off."""
        status: imports.Ending = "completed" if failure is None else "failed"
        async with self._database.tenant(tenant_id) as tx:
            told = await imports.end_import(tx, import_id, status, utc_now(), reason=failure)
            await emit(tx, [] if told is None else [told])
        self._bell.ring()

    async def _reach(self, tenant_id: UUID, import_id: UUID) -> "_Found | None":
        """None: the import is over."""
        async with self._database.tenant(tenant_id) as tx:
            what = await history_imports.get(tx, import_id)
            if what is None or not what.runs:
                return None
            try:
                reached = await reach(
                    tx, self._vault, self._adapters, what.project_id, what.channel_id
                )
            except ChannelNotFound as error:
                raise ImportRefused("The channel was deleted.") from error
            except Unavailable as error:
                raise ImportLater(error.detail) from error
        if reached.channel.status != "active":
            raise ImportRefused("The channel is inactive.")
        return _Found(what=what, at=reached.at, source=self._sources[what.channel_type])

    async def _left(self, what: HistoryImport, chat: Chat, error: NotSent) -> bool:
        """Whether the chat alone is the trouble and is left as it is. One that may be readable
        later waits behind the others."""
        if _is_refusal(error):
            return False
        now = utc_now()
        if not error.again or given_up(chat, now, self._patience):
            await self._give_up(what, chat, error.reason)
            return True
        async with self._database.tenant(what.tenant_id) as tx:
            await history_chats.fail(tx, what.id, chat.chat, now, done=False)
        return False

    async def _give_up(self, what: HistoryImport, chat: Chat, reason: str) -> None:
        now = utc_now()
        log.warning("history_chat_given_up", import_id=str(what.id), reason=reason)
        async with self._database.tenant(what.tenant_id) as tx:
            if not await history_chats.fail(tx, what.id, chat.chat, now, done=True):
                return
            failure = NotRead(chat.chat, None, reason)
            await history_chats.add_failures(tx, what.tenant_id, what.id, [failure], now)
            await history_imports.count(tx, what.id, Counts(), now, chats=1)

    async def _runs(self, tenant_id: UUID, import_id: UUID) -> bool:
        async with self._database.tenant(tenant_id) as tx:
            what = await history_imports.get(tx, import_id)
        return what is not None and what.runs


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """An import, and where its history is. `at` holds a secret: it lives as long as the work."""

    what: HistoryImport
    at: Connection
    source: HistorySource


async def _fetch(found: _Found, chat: Chat) -> Page:
    """Raises `NotSent`."""
    what = found.what
    shown = await found.source.page(found.at, chat.chat, what.since, what.until, chat.taken)
    kept = whole_seconds(shown, found.source.page_size)
    if what.chat_limit is not None:
        kept = kept[: what.chat_limit - chat.taken]
        reached = chat.taken + len(kept) >= what.chat_limit
        return Page(chat=chat, payloads=kept, last=reached or not kept)
    return Page(chat=chat, payloads=kept, last=not kept)


def _is_refusal(error: NotSent) -> bool:
    return error.failure == "authentication" or (error.everywhere and not error.again)


def _meaning(error: NotSent) -> ImportRefused | ImportLater:
    return ImportRefused(error.reason) if _is_refusal(error) else ImportLater(error.reason)


def _count(counts: Counts) -> None:
    for outcome, number in msgspec.structs.asdict(counts).items():
        _IMPORTED.labels(outcome).inc(number)


__all__ = ["Historian", "ImportLater", "ImportRefused"]
