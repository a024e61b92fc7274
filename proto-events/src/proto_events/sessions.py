"""Facts of sessions."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from proto_events.contacts import AliasLink
from proto_events.conversation import ChatMessage
from proto_events.registry import PIPELINE_EXCHANGE, event

EndReason = Literal[
    "inactivity_timeout",
    "manual_close",
    "contact_request",
    "agent_close",
    "system_close",
    "merged",
]


@event("session.started", aggregate="session", producer="sessions", data_class="none")
class SessionStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A contact and a company began to talk; `timeout_seconds` of inactivity end it."""

    session_id: UUID
    contact_id: UUID
    channel_id: UUID
    started_at: datetime
    timeout_seconds: float


@event("session.reopened", aggregate="session", producer="sessions", data_class="none")
class SessionReopened(msgspec.Struct, frozen=True, kw_only=True):
    """A message that arrived before the deadline was read after it: the session goes on."""

    session_id: UUID
    contact_id: UUID
    channel_id: UUID
    reopened_at: datetime
    timeout_seconds: float


@event("session.timeout_changed", aggregate="session", producer="sessions", data_class="none")
class SessionTimeoutChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The timeout of an open session is now another."""

    session_id: UUID
    timeout_seconds: float
    changed_at: datetime


class SessionMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of a session: messages by direction, first and last by the provider's time."""

    total_messages: int
    inbound_messages: int
    outbound_messages: int
    first_message_at: datetime | None = None
    last_message_at: datetime | None = None


@event("session.ended", aggregate="session", producer="sessions", data_class="none")
class SessionEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A session ended. `duration` is in seconds from start to last activity.

    `first_response_seconds` runs from the contact's first message to the company's first answer
    after it, absent where there was none.
    """

    session_id: UUID
    contact_id: UUID
    channel_id: UUID
    started_at: datetime
    ended_at: datetime
    reason: EndReason
    duration: float
    first_response_seconds: float | None = None
    metrics: SessionMetrics


@event("session.merged", aggregate="session", producer="sessions", data_class="none")
class SessionMerged(msgspec.Struct, frozen=True, kw_only=True):
    """Two active sessions turned out to be of one person: `from_session_id` went into the other."""

    from_session_id: UUID
    into_session_id: UUID
    merged_at: datetime


@event(
    "session.message_recorded",
    aggregate="session",
    producer="sessions",
    data_class="sensitive",
    exchange=PIPELINE_EXCHANGE,
)
class SessionMessageRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """A message, now with its session. Partition key: the contact's root."""

    session_id: UUID
    contact_id: UUID
    root_id: UUID
    aliases: list[AliasLink] = []
    from_contact: bool
    recorded_at: datetime
    message: ChatMessage
