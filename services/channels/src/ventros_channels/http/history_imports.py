"""/v1/channels/{channel_id}/history-imports: what the provider kept, fetched."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from platform_bus import emit
from platform_core.clock import utc_now
from platform_http import Caller, Page, Paged, Reads, Writes
from proto_events.times import Moment
from ventros_channels.adapters import HISTORIES
from ventros_channels.domain.channel import Channel
from ventros_channels.domain.history import Failure, HistoryImport
from ventros_channels.domain.provider_errors import UnsupportedByProvider
from ventros_channels.history.imports import Wanted, cancel_import, get_import, request_import
from ventros_channels.queries.channels import get_channel
from ventros_channels.store import history_chats, history_imports


class HistoryImportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to fetch: messages written `from` then `to` then, by the provider's clock.

    `to` is now when it is not given; the last 15 minutes are left to the webhooks. `new_only`
    leaves out what an import that was completed had fetched already. `limit_per_chat` takes so many
    of each chat, the newest.
    """

    since: Moment = msgspec.field(name="from")
    until: Moment | None = msgspec.field(name="to", default=None)
    strategy: Literal["all", "new_only"] = "all"
    limit_per_chat: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class HistoryImportView(msgspec.Struct, frozen=True, kw_only=True):
    """An import and how far it is.

    `chats_total` is null until the provider has listed them. Of `messages_seen`, so many were
    `stored`, were `known` before, `failed` (see its failures), and were `left_out`: of statuses,
    newsletters, groups that the channel does not record, and reactions or edits, which are no
    messages. `reason` is why it failed, for a person to read.
    """

    id: UUID
    channel_id: UUID
    since: datetime = msgspec.field(name="from")
    until: datetime = msgspec.field(name="to")
    strategy: Literal["all", "new_only"]
    limit_per_chat: int | None
    status: Literal["requested", "running", "completed", "failed", "cancelled"]
    reason: str | None
    chats_total: int | None
    chats_done: int
    messages_seen: int
    messages_stored: int
    messages_known: int
    messages_failed: int
    messages_left_out: int
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class HistoryFailureView(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be imported: a message, by the provider's id of it, or with null the rest of a
    chat. Importing the span again fetches what can be read by then."""

    id: UUID
    chat: str
    provider_message_id: str | None
    reason: str
    created_at: datetime


class HistoryImports(Controller):
    """Imports of a channel's past: one at a time, beside the messages that come in meanwhile."""

    path = "/v1/channels/{channel_id:uuid}/history-imports"
    tags = ("channels",)

    @post(operation_id="import_channel_history", status_code=202, idempotency="required")
    async def request(
        self,
        channel_id: FromPath[UUID],
        data: JSONBody[HistoryImportBody],
        principal: Caller,
        writer: Writes,
    ) -> HistoryImportView:
        """Fetch what the provider kept. What was told before is not told again.

        Imported messages join the sessions of their own time: they open none of now, and nobody is
        asked to answer them.
        """
        wanted = Wanted(
            since=data.since,
            until=data.until,
            strategy=data.strategy,
            chat_limit=data.limit_per_chat,
        )
        async with writer(principal) as tx:
            channel = await get_channel(tx, principal.project_id, channel_id)
            _supported(channel)
            what, told = await request_import(tx, channel, wanted, utc_now())
            await emit(tx, [told])
        return _view(what)

    @get(operation_id="list_channel_history_imports")
    async def list_(
        self, channel_id: FromPath[UUID], page: Paged, principal: Caller, reader: Reads
    ) -> Page[HistoryImportView]:
        """The channel's imports, newest first."""
        question = f"history-imports:{channel_id}:{principal.project_id}"
        before = page.after(question, UUID)
        async with reader(principal) as tx:
            await get_channel(tx, principal.project_id, channel_id)
            rows = await history_imports.list_page(tx, channel_id, before, page.fetch)
        return page.cut(question, rows, lambda one: one.id, _view)

    @get("/{import_id:uuid}", operation_id="read_channel_history_import")
    async def read(
        self,
        channel_id: FromPath[UUID],
        import_id: FromPath[UUID],
        principal: Caller,
        reader: Reads,
    ) -> HistoryImportView:
        """One import and how far it is."""
        async with reader(principal) as tx:
            await get_channel(tx, principal.project_id, channel_id)
            return _view(await get_import(tx, channel_id, import_id))

    @get("/{import_id:uuid}/failures", operation_id="list_channel_history_import_failures")
    async def failures(
        self,
        channel_id: FromPath[UUID],
        import_id: FromPath[UUID],
        page: Paged,
        principal: Caller,
        reader: Reads,
    ) -> Page[HistoryFailureView]:
        """What could not be imported and why, in the order in which it was found."""
        question = f"history-import-failures:{import_id}:{principal.project_id}"
        after = page.after(question, UUID)
        async with reader(principal) as tx:
            await get_channel(tx, principal.project_id, channel_id)
            await get_import(tx, channel_id, import_id)
            rows = await history_chats.failures(tx, import_id, after, page.fetch)
        return page.cut(question, rows, lambda one: one.id, _failure_view)

    @post("/{import_id:uuid}/cancel", operation_id="cancel_channel_history_import", status_code=200)
    async def cancel(
        self,
        channel_id: FromPath[UUID],
        import_id: FromPath[UUID],
        principal: Caller,
        writer: Writes,
    ) -> HistoryImportView:
        """Stop it; what was taken in stays. It may be sent again."""
        async with writer(principal) as tx:
            await get_channel(tx, principal.project_id, channel_id)
            what, told = await cancel_import(tx, channel_id, import_id, utc_now())
            await emit(tx, [] if told is None else [told])
        return _view(what)


def _supported(channel: Channel) -> None:
    if channel.type not in HISTORIES:
        raise UnsupportedByProvider("This type of channel shows no history.")


def _view(what: HistoryImport) -> HistoryImportView:
    counts = what.counts
    return HistoryImportView(
        id=what.id,
        channel_id=what.channel_id,
        since=what.since,
        until=what.until,
        strategy=what.strategy,
        limit_per_chat=what.chat_limit,
        status=what.status,
        reason=what.reason,
        chats_total=what.chats_total,
        chats_done=what.chats_done,
        messages_seen=counts.seen,
        messages_stored=counts.stored,
        messages_known=counts.known,
        messages_failed=counts.failed,
        messages_left_out=counts.left_out,
        requested_at=what.requested_at,
        started_at=what.started_at,
        ended_at=what.ended_at,
    )


def _failure_view(failure: Failure) -> HistoryFailureView:
    return HistoryFailureView(**msgspec.structs.asdict(failure))


__all__ = ["HistoryImports"]
