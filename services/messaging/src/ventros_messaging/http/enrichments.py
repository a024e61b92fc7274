"""`/v1/messages/{message_id}/enrichments`: the words of a message's file."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from platform_http import Caller, Page, Paged, Reads
from ventros_messaging.domain.enrichment import (
    Enrichment,
    EnrichmentStatus,
    EnrichmentType,
    Reason,
)
from ventros_messaging.queries.enrichments import enrichments_of_message


class EnrichmentResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message that is put into words.

    `pending`: the file or a worker is waited for. `completed`: `extracted_text` is what is said in
    it, what it shows, or what is written in it; it may be empty. `failed`: `error` says why.
    `processing_ms` is how long the attempt took that succeeded.
    """

    id: UUID
    message_id: UUID
    message_group_id: UUID | None
    content_type: EnrichmentType
    status: EnrichmentStatus
    provider: str | None
    model: str | None
    extracted_text: str | None
    error: Reason | None
    processing_ms: int | None
    created_at: datetime
    processed_at: datetime | None
    version: int


@get(
    "/v1/messages/{message_id:uuid}/enrichments",
    operation_id="listMessageEnrichments",
    summary="List what a message's files say",
)
async def list_enrichments(
    principal: Caller, reader: Reads, page: Paged, message_id: FromPath[UUID]
) -> Page[EnrichmentResponse]:
    """The files of a message that are put into words: none if nobody asked for it."""
    question = f"enrichments {principal.project_id} {message_id}"
    after = page.after(question, UUID)
    async with reader(principal) as tx:
        found = await enrichments_of_message(
            tx, principal.tenant_id, principal.project_id, message_id
        )
    left = [each for each in found if after is None or each.id > after]
    return page.cut(question, left[: page.fetch], lambda each: each.id, _response)


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (list_enrichments,)


def _response(enrichment: Enrichment) -> EnrichmentResponse:
    return EnrichmentResponse(
        id=enrichment.id,
        message_id=enrichment.message_id,
        message_group_id=enrichment.message_group_id,
        content_type=enrichment.content_type,
        status=enrichment.status,
        provider=enrichment.provider,
        model=enrichment.model,
        extracted_text=enrichment.text,
        error=enrichment.error,
        processing_ms=enrichment.processing_ms,
        created_at=enrichment.created_at,
        processed_at=enrichment.processed_at,
        version=enrichment.version,
    )
