"""A page of a history, stored: in one transaction with how far the import is.

Every message goes in by what makes it one at its provider, as webhooks do. So nothing is told
twice, whether the webhook came before, comes meanwhile, or comes after.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from platform_core.clock import utc_now
from platform_postgres import Database, Tx
from proto_events.provider_facts import AckStatus
from ventros_channels.commands.tell_facts import TellableFact, tell_facts
from ventros_channels.commands.tell_messages import Tellable, tell_messages
from ventros_channels.delivery.tellings import join_own
from ventros_channels.domain.history import Chat, Counts, HistoryImport
from ventros_channels.domain.message import Elsewhere, Heard
from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.events import say_history
from ventros_channels.events.publish import SOURCE
from ventros_channels.events.waha.fact import Fact, Stamp
from ventros_channels.history.read import READERS, name_of
from ventros_channels.store import channels, history_chats, history_imports
from ventros_channels.store.history_chats import NotRead
from ventros_channels.store.provider_facts import FactKey
from ventros_channels.store.provider_messages import MessageKey

Payloads = Sequence[dict[str, Any]]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What was fetched of a chat, newest first; `last`: there is no more of it."""

    chat: Chat
    payloads: Payloads
    last: bool


async def store_page(
    database: Database, tenant_id: UUID, import_id: UUID, page: Page
) -> Counts | None:
    """Tell what is new of it. None: the import is over, or somebody else took this page."""
    now = utc_now()
    async with database.tenant(tenant_id) as tx:
        what = await history_imports.lock(tx, import_id)
        if what is None or not what.runs:
            return None
        taken = len(page.payloads)
        if not await history_chats.take(tx, import_id, page.chat, taken, done=page.last):
            return None
        counts, failures = await _tell(tx, what, page, now)
        await history_chats.add_failures(tx, tenant_id, import_id, failures, now)
        await history_imports.count(tx, import_id, counts, now, chats=int(page.last))
        return counts


async def _tell(
    tx: Tx, what: HistoryImport, page: Page, now: datetime
) -> tuple[Counts, list[NotRead]]:
    if not page.payloads:
        return Counts(), []
    said = _Said(what)
    failures: list[NotRead] = []
    places = await history_chats.places(tx, len(page.payloads))
    read = READERS[what.channel_type]
    for place, payload in zip(places, reversed(page.payloads), strict=True):
        stamp = Stamp(channel_id=what.channel_id, received_at=now, ingress_seq=place)
        try:
            kept = read(payload, stamp)
        except UnparsableError as error:
            failures.append(NotRead(page.chat.chat, name_of(payload), error.reason))
        else:
            said.add(kept.said, stamp, kept.status)
    stored, known = await said.tell(tx)
    failed = len(failures)
    left_out = len(page.payloads) - stored - known - failed
    return Counts(stored=stored, known=known, failed=failed, left_out=left_out), failures


class _Said:
    """What the messages of a page say, gathered in their order."""

    def __init__(self, what: HistoryImport) -> None:
        self._what = what
        self._messages: dict[MessageKey, Tellable] = {}
        self._posts: dict[FactKey, TellableFact] = {}
        self._facts: dict[FactKey, TellableFact] = {}

    def add(self, said: Heard | Elsewhere | Fact, stamp: Stamp, status: AckStatus | None) -> None:
        """One of them."""
        what = self._what
        if isinstance(said, Elsewhere):
            return
        if isinstance(said, Fact):
            self._facts.setdefault(*say_history.fact(said, what, stamp))
        elif said.group:
            post = say_history.group_message(said, what, stamp, status)
            self._posts.setdefault(*say_history.fact(post, what, stamp))
        else:
            self._messages.setdefault(*say_history.message(said, what, stamp, status))

    async def tell(self, tx: Tx) -> tuple[int, int]:
        """How many messages were new, and how many were known."""
        tenant_id = self._what.tenant_id
        stored, messages = 0, len(self._messages)
        if self._messages:
            # What is of a delivery of ours settles it, under the id that messaging gave it.
            joined: Mapping[MessageKey, Tellable] = await join_own(tx, tenant_id, self._messages)
            told = await tell_messages(tx, tenant_id, SOURCE, joined)
            stored = told + messages - len(joined)
        if self._facts:
            await tell_facts(tx, tenant_id, SOURCE, self._facts)
        known = messages - stored
        recorded = self._posts and await channels.with_groups(tx, [self._what.channel_id])
        if recorded:
            told = await tell_facts(tx, tenant_id, SOURCE, self._posts)
            stored, known = stored + told, known + len(self._posts) - told
        return stored, known
