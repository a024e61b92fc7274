"""Imports of what a provider kept: what is asked for, how far it is, and who shows it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol
from uuid import UUID

import msgspec

from platform_core.errors import Conflict, Invalid, NotFound
from ventros_channels.domain.channel import ChannelType
from ventros_channels.domain.connection import Connection

Strategy = Literal["all", "new_only"]
Status = Literal["requested", "running", "completed", "failed", "cancelled"]

LIVE: Final = timedelta(minutes=15)
"""What is younger is not history: its webhook may be on its way, and somebody waits for an answer.
Were it imported first, no session would begin for it."""

ATTEMPTS: Final = 5
"""How often a chat is asked for at least before it is given up."""


class HistoryImportNotFound(NotFound):
    """The channel has no such import."""

    code = "history_import_not_found"


class HistoryImportRunning(Conflict):
    """A channel has one import at a time."""

    code = "history_import_running"


class HistoryImportEnded(Conflict):
    """It came to its end before."""

    code = "history_import_ended"


class SpanEmpty(Invalid):
    """There is no history between these moments."""

    code = "history_span_empty"


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Messages by what became of them: told, there before, not readable, and of nobody whom the
    channel records (or no message at all, such as a reaction)."""

    stored: int = 0
    known: int = 0
    failed: int = 0
    left_out: int = 0

    @property
    def seen(self) -> int:
        """All that the provider showed."""
        return self.stored + self.known + self.failed + self.left_out


class HistoryImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import as it now is. `chats_total` is None until the provider has listed them."""

    tenant_id: UUID
    id: UUID
    project_id: UUID
    channel_id: UUID
    channel_type: ChannelType
    strategy: Strategy
    since: datetime
    until: datetime
    chat_limit: int | None
    status: Status
    reason: str | None
    chats_total: int | None
    chats_done: int
    counts: Counts
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def runs(self) -> bool:
        """Whether there is something left to do."""
        return self.status in {"requested", "running"}


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import is in a chat: `taken` messages, the newest first."""

    chat: str
    taken: int
    attempts: int
    failing_since: datetime | None


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be imported: a message, or without one the rest of a chat."""

    id: UUID
    chat: str
    provider_message_id: str | None
    reason: str
    created_at: datetime


class HistorySource(Protocol):
    """A provider that shows what it kept. What raises `NotSent` may do so for any reason."""

    @property
    def page_size(self) -> int:
        """Messages of a full page."""
        ...

    async def chats(self, at: Connection) -> list[str]:
        """Every chat that a message may be kept of, as the provider names it."""
        ...

    async def page(
        self, at: Connection, chat: str, since: datetime, until: datetime, offset: int
    ) -> Sequence[dict[str, Any]]:
        """The next messages of the span behind `offset` ones, newest first; none: that was all."""
        ...


def span(
    since: datetime, until: datetime | None, now: datetime, imported_until: datetime | None
) -> tuple[datetime, datetime]:
    """What is imported: never what is still live, and with `imported_until` only what is newer.

    Raises:
        SpanEmpty
    """
    first = since if imported_until is None else max(since, imported_until)
    last = min(until or now, now - LIVE)
    if first >= last:
        minutes = LIVE // timedelta(minutes=1)
        raise SpanEmpty(f"Nothing between these moments is older than {minutes} minutes and new.")
    return first, last


def whole_seconds(page: Sequence[dict[str, Any]], full: int) -> Sequence[dict[str, Any]]:
    """A page without its oldest second, which the next page may have more of.

    Messages of one second are told in the order in which the provider has them, so they belong
    together. A page that is not full has no such edge, and one second may fill a page.
    """
    if len(page) < full:
        return page
    edge = page[-1].get("timestamp")
    kept = [one for one in page if one.get("timestamp") != edge]
    return kept or page


def given_up(chat: Chat, now: datetime, patience: timedelta) -> bool:
    """Whether a chat that just could not be read again is left as it is."""
    since = chat.failing_since
    return chat.attempts + 1 >= ATTEMPTS and since is not None and now - since >= patience
