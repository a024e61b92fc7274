"""What the API answers and takes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from ventros_sessions.domain.session import EndReason, Session, Status, TimeoutSource

CloseReason = Literal["manual_close", "contact_request", "agent_close"]


class CloseSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a session is closed."""

    reason: CloseReason = "manual_close"


class SessionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A session: one conversation of a contact on a channel.

    `contact_id` is the contact that it began with; when contacts were merged since, the list of
    any of them has it. `expires_at` is when it ends if nothing more is said, null once it has
    ended. `started_at`, `last_activity_at` and `ended_at` are our time, those of messages the
    provider's. `duration_seconds` runs from the first message to the last, `first_response_seconds`
    from the contact's first message to the company's first answer after it, both by the provider's
    clock. A customer waits from their first message that nobody has answered (`waiting_since`,
    null when nobody waits) until the company's next one: `answers` were given,
    `longest_wait_seconds` and `total_wait_seconds` say how long they took. `merged_into` is the
    session that this one went into. A `historic` session was made by an import of old messages:
    all of its times are the provider's, and its waits are not counted. `version` rises with every
    change.
    """

    id: UUID
    contact_id: UUID
    channel_id: UUID
    channel_type: str
    status: Status
    end_reason: EndReason | None
    started_at: datetime
    last_activity_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    timeout_seconds: float
    timeout_source: TimeoutSource
    duration_seconds: float
    total_messages: int
    inbound_messages: int
    outbound_messages: int
    first_message_at: datetime | None
    last_message_at: datetime | None
    first_contact_message_at: datetime | None
    first_agent_response_at: datetime | None
    first_response_seconds: float | None
    waiting_since: datetime | None
    answers: int | None
    longest_wait_seconds: float | None
    total_wait_seconds: float | None
    merged_into: UUID | None
    historic: bool
    version: int


def session_response(session: Session) -> SessionResponse:
    """The answer for a session."""
    waits = session.counted_waits
    return SessionResponse(
        id=session.id,
        contact_id=session.contact_id,
        channel_id=session.channel_id,
        channel_type=session.channel_type,
        status=session.status,
        end_reason=session.end_reason,
        started_at=session.started_at,
        last_activity_at=session.last_activity_at,
        expires_at=session.deadline if session.active else None,
        ended_at=session.ended_at,
        timeout_seconds=session.timeout.seconds,
        timeout_source=session.timeout.source,
        duration_seconds=session.duration_seconds,
        total_messages=session.total_messages,
        inbound_messages=session.inbound_messages,
        outbound_messages=session.outbound_messages,
        first_message_at=session.first_message_at,
        last_message_at=session.last_message_at,
        first_contact_message_at=session.first_contact_message_at,
        first_agent_response_at=session.first_agent_response_at,
        first_response_seconds=session.first_response_seconds,
        waiting_since=None if waits is None else waits.waiting_since,
        answers=None if waits is None else waits.answers,
        longest_wait_seconds=None if waits is None else waits.longest_seconds,
        total_wait_seconds=None if waits is None else waits.total_seconds,
        merged_into=session.merged_into,
        historic=session.historic,
        version=session.version,
    )
