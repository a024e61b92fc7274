"""`/v1/contacts/{contact_id}/trackings`: what brought a contact."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath

from platform_http import Caller, Page, Paged, Reads
from ventros_contacts.domain.tracking import Platform, Source, Tracking
from ventros_contacts.queries.trackings import TrackingPosition, trackings


class TrackingResponse(msgspec.Struct, frozen=True, kw_only=True):
    """That a message of a contact came by an advertisement (`meta_ads`) or a post (`referral`).

    All is as WhatsApp told it, and null where it did not. `click_id` is what Meta's Conversions
    API asks for; `title` and `body` are what the person saw.
    """

    id: UUID
    contact_id: UUID
    message_id: UUID
    channel_id: UUID
    source: Source
    platform: Platform
    ad_id: str | None
    ad_url: str | None
    click_id: str | None
    conversion_source: str | None
    title: str | None
    body: str | None
    tracked_at: datetime


@get(
    "/v1/contacts/{contact_id:uuid}/trackings",
    operation_id="listContactTrackings",
    summary="List what brought a contact",
)
async def list_trackings(
    principal: Caller, reader: Reads, page: Paged, contact_id: FromPath[UUID]
) -> Page[TrackingResponse]:
    """The advertisements and posts that a contact wrote from, newest first."""
    question = f"trackings {principal.project_id} {contact_id}"
    beyond = page.after(question, TrackingPosition)
    async with reader(principal) as tx:
        found = await trackings(
            tx, principal.project_id, contact_id, beyond=beyond, limit=page.fetch
        )
    return page.cut(question, found, _position, _response)


def _position(tracking: Tracking) -> TrackingPosition:
    return TrackingPosition(tracked_at=tracking.tracked_at, id=tracking.id)


def _response(tracking: Tracking) -> TrackingResponse:
    return TrackingResponse(
        **{field: getattr(tracking, field) for field in TrackingResponse.__struct_fields__}
    )
