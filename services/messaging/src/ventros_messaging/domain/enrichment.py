"""Files put into words: what was asked, what came of it, and what it may cost."""

from datetime import date, datetime, timedelta
from typing import Final, Literal, Protocol
from uuid import UUID

import msgspec

EnrichmentType = Literal["image", "audio", "voice", "video", "document"]
EnrichmentStatus = Literal["pending", "processing", "completed", "failed"]

ENRICHED: Final[tuple[EnrichmentType, ...]] = ("image", "audio", "voice", "video", "document")

Reason = Literal[
    "budget_exceeded",
    "file_missing",
    "file_too_large",
    "file_unreadable",
    "not_configured",
    "provider_refused",
    "provider_unavailable",
    "type_unsupported",
]
"""Why a file was not put into words. `budget_exceeded`: the tenant's requests of the month are
used up. `not_configured`: the installation has no provider."""

LONGEST_TEXT: Final = 100_000
"""Characters of a text that are kept."""

EXCERPT: Final = 1000
"""Characters of a text that are shown in a timeline."""

FILE_WITHIN: Final = timedelta(hours=1)
"""How long a file may take to be stored before it counts as missing."""


class Enrichment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message, and its words once there are some."""

    id: UUID
    project_id: UUID
    message_id: UUID
    message_group_id: UUID | None
    contact_id: UUID
    session_id: UUID
    channel_id: UUID
    content_type: EnrichmentType
    status: EnrichmentStatus
    provider: str | None
    model: str | None
    text: str | None
    error: Reason | None
    processing_ms: int | None
    created_at: datetime
    processed_at: datetime | None
    version: int


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """What a timeline shows of an enrichment; `is_cut`: there is more of its text."""

    status: EnrichmentStatus
    text: str | None
    is_cut: bool
    error: Reason | None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A message whose file is to be put into words."""

    message_id: UUID
    project_id: UUID
    message_group_id: UUID | None
    contact_id: UUID
    session_id: UUID
    channel_id: UUID
    content_type: EnrichmentType


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message's file: where it is, or (without `sha256`) that it is lost."""

    message_id: UUID
    channel_id: UUID
    sha256: str | None = None
    mimetype: str | None = None


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is stored."""

    content_type: EnrichmentType
    mimetype: str
    content: bytes


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says, by which model, and how many tokens that took; 0 where nobody tells."""

    text: str
    model: str | None = None
    tokens: int = 0


class Unenriched(Exception):
    """The file will not be put into words, however often it is tried."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class ProviderAway(Exception):
    """It may work later. `retry_after`: seconds that the provider asks to wait."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Provider(Protocol):
    """Whoever puts files into words."""

    @property
    def name(self) -> str:
        """What is shown as the provider of an enrichment."""

    def charges(self, content_type: EnrichmentType) -> bool:
        """Whether a file of this type is a request of the tenant's budget."""

    async def read(self, file: File) -> Words:
        """The words of a file. Raises `Unenriched`, `ProviderAway`."""


def month_of(moment: datetime) -> date:
    """The month that a request counts for, as its first day (UTC)."""
    return moment.date().replace(day=1)
