"""/v1/channels/{channel_id}/gaps: what may have been missed, and what was fetched of it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.params import FromPath

from platform_http import Caller, Page, Paged, Reads
from ventros_channels.domain.gap import Gap
from ventros_channels.queries.channels import get_channel
from ventros_channels.store import gaps


class GapView(msgspec.Struct, frozen=True, kw_only=True):
    """A span of time of which webhooks may be missing.

    `cause` is why it was looked: the connection (or the service) `returned`, the channel was
    `silent` for longer than it usually is, or an `operator` asked. Of `messages_found` at the
    provider, `messages_fetched` had not been told before; `chats_unread` could not be read the last
    time and `messages_refused` not be stored. A gap is `open` while it is tried, `filled`, or
    `given_up` with the `reason` for which some of it may still be missing.
    """

    id: UUID
    channel_id: UUID
    cause: Literal["returned", "silent", "operator"]
    status: Literal["open", "filled", "given_up"]
    since: datetime = msgspec.field(name="from")
    until: datetime = msgspec.field(name="to")
    messages_found: int
    messages_fetched: int
    chats_unread: int
    messages_refused: int
    reason: str | None
    found_at: datetime
    closed_at: datetime | None


class Gaps(Controller):
    """What a channel may have missed."""

    path = "/v1/channels/{channel_id:uuid}/gaps"
    tags = ("channels",)

    @get(operation_id="list_channel_gaps")
    async def list_(
        self, channel_id: FromPath[UUID], page: Paged, principal: Caller, reader: Reads
    ) -> Page[GapView]:
        """The channel's gaps, newest first. What was missed comes from the provider's history and
        is told like any other message."""
        question = f"channel-gaps:{channel_id}:{principal.project_id}"
        before = page.after(question, UUID)
        async with reader(principal) as tx:
            await get_channel(tx, principal.project_id, channel_id)
            rows = await gaps.list_page(tx, channel_id, before, page.fetch)
        return page.cut(question, rows, lambda one: one.id, _view)


def _view(gap: Gap) -> GapView:
    status: Literal["open", "filled", "given_up"] = "open"
    if gap.closed_at is not None:
        status = "filled" if gap.reason is None else "given_up"
    return GapView(
        id=gap.id,
        channel_id=gap.channel_id,
        cause=gap.cause,
        status=status,
        since=gap.since,
        until=gap.until,
        messages_found=gap.found,
        messages_fetched=gap.fetched,
        chats_unread=gap.unread,
        messages_refused=gap.refused,
        reason=gap.reason,
        found_at=gap.found_at,
        closed_at=gap.closed_at,
    )
