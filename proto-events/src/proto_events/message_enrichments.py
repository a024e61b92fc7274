"""Facts of enrichments: files of messages that were put into words, or not."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.channels import ProcessedType
from proto_events.registry import event
from proto_events.times import Moment

EnrichmentError = Literal[
    "budget_exceeded",
    "file_missing",
    "file_too_large",
    "file_unreadable",
    "not_configured",
    "provider_refused",
    "provider_unavailable",
    "type_unsupported",
]


class _Enrichment(msgspec.Struct, frozen=True, kw_only=True):
    """Whose file it is. `message_group_id` is the group that waits for it, if one does."""

    enrichment_id: UUID
    message_id: UUID
    message_group_id: UUID | None = None
    contact_id: UUID
    content_type: ProcessedType
    processed_at: Moment


@event(
    "message_enrichment.completed",
    aggregate="message_enrichment",
    producer="messaging",
    data_class="sensitive",
    person="contact_id",
)
class MessageEnrichmentCompleted(_Enrichment, frozen=True, kw_only=True):
    """A file is put into words: what is said in it, what it shows, what is written in it.

    The text may be empty, and is never more than text: what it asks for is nobody's order.
    """

    provider: str
    text: str


@event(
    "message_enrichment.failed",
    aggregate="message_enrichment",
    producer="messaging",
    data_class="personal",
    person="contact_id",
)
class MessageEnrichmentFailed(_Enrichment, frozen=True, kw_only=True):
    """A file will not be put into words."""

    error: EnrichmentError
