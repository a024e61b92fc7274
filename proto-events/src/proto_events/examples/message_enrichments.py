"""Examples of `proto_events.message_enrichments`: Ana's voice is heard, her film is not."""

from typing import Final

from proto_events.examples.world import ANA, MESSAGE_GROUP, VIDEO, VOICE, an_id, at
from proto_events.message_enrichments import (
    MessageEnrichmentCompleted,
    MessageEnrichmentFailed,
)

EXAMPLES: Final = (
    MessageEnrichmentCompleted(
        enrichment_id=an_id(0x7101),
        message_id=VOICE,
        message_group_id=MESSAGE_GROUP,
        contact_id=ANA,
        content_type="voice",
        processed_at=at(12, 24, 58),
        provider="openai_compatible",
        text="Oi, a mesa precisa caber embaixo da janela.",
    ),
    MessageEnrichmentFailed(
        enrichment_id=an_id(0x7102),
        message_id=VIDEO,
        contact_id=ANA,
        content_type="video",
        processed_at=at(12, 22, 11),
        error="file_too_large",
    ),
)
