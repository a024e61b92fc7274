"""Facts of sessions."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.contacts import AliasLink
from proto_events.conversation import ChatMessage
from proto_events.registry import PIPELINE_EXCHANGE, event
from proto_events.times import Moment

EndReason = Literal[
    "inactivity_timeout",
    "manual_close",
    "contact_request",
    "agent_close",
    "system_close",
    "merged",
]

Sentiment = Literal["positive", "neutral", "negative", "mixed"]

AssignmentStrategy = Literal["round_robin", "least_sessions", "manual"]

AssignmentSource = Literal[
    "manual",
    "automatic",
    "reassignment_inactivity",
    "reassignment_no_response",
    "reassignment_workload",
    "reassignment_manual",
    "system",
]


@event(
    "session.started",
    aggregate="session",
    producer="sessions",
    data_class="none",
    person="contact_id",
)
class SessionStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A contact and a company began to talk; `timeout_seconds` of inactivity end it."""

    session_id: UUID
    contact_id: UUID
    channel_id: UUID
    started_at: Moment
    timeout_seconds: float


@event(
    "session.reopened",
    aggregate="session",
    producer="sessions",
    data_class="none",
    person="contact_id",
)
class SessionReopened(msgspec.Struct, frozen=True, kw_only=True):
    """A message that arrived before the deadline was read after it: the session goes on."""

    session_id: UUID
    contact_id: UUID
    channel_id: UUID
    reopened_at: Moment
    timeout_seconds: float


@event("session.timeout_changed", aggregate="session", producer="sessions", data_class="none")
class SessionTimeoutChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The timeout of an open session is now another."""

    session_id: UUID
    timeout_seconds: float
    changed_at: Moment


class SessionMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of a session: messages by direction, first and last by the provider's time.

    A customer waits from their first message that nobody has answered (`waiting_since`, absent when
    nobody waits) until the company's next one; `answers` counts these, the seconds are theirs. All
    four are absent for a session of the past.
    """

    total_messages: int
    inbound_messages: int
    outbound_messages: int
    first_message_at: Moment | None = None
    last_message_at: Moment | None = None
    waiting_since: Moment | None = None
    answers: int | None = None
    longest_wait_seconds: float | None = None
    total_wait_seconds: float | None = None


@event(
    "session.ended",
    aggregate="session",
    producer="sessions",
    data_class="none",
    person="contact_id",
)
class SessionEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A session ended. `duration` is in seconds from the first message to the last.

    `first_response_seconds` runs from the contact's first message to the company's first answer
    after it, absent where there was none; both are by the provider's clock.
    """

    session_id: UUID
    contact_id: UUID
    channel_id: UUID
    started_at: Moment
    ended_at: Moment
    reason: EndReason
    duration: float
    first_response_seconds: float | None = None
    metrics: SessionMetrics


@event(
    "session.history_recorded",
    aggregate="session",
    producer="sessions",
    data_class="none",
    person="contact_id",
)
class SessionHistoryRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """An import put messages of the past into a session; `metrics` are its totals after that.

    A `historic` session was made by imports alone: neither `session.started` nor `session.ended`
    is told of it, and all of its times are the provider's. A missing `ended_at`: it is live.
    """

    session_id: UUID
    contact_id: UUID
    channel_id: UUID
    started_at: Moment
    ended_at: Moment | None = None
    historic: bool
    metrics: SessionMetrics
    recorded_at: Moment


@event("session.merged", aggregate="session", producer="sessions", data_class="none")
class SessionMerged(msgspec.Struct, frozen=True, kw_only=True):
    """A session went into another one: `from_session_id` into `into_session_id`.

    Two active ones turned out to be of one person, or an import found what lay between two.
    """

    from_session_id: UUID
    into_session_id: UUID
    merged_at: Moment


@event(
    "session.message_recorded",
    aggregate="session",
    producer="sessions",
    data_class="sensitive",
    person="contact_id",
    exchange=PIPELINE_EXCHANGE,
)
class SessionMessageRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """A message, now with its session. Partition key: the contact's root."""

    session_id: UUID
    contact_id: UUID
    root_id: UUID
    aliases: list[AliasLink] = []
    from_contact: bool
    recorded_at: Moment
    message: ChatMessage


@event(
    "session.agent_assigned",
    aggregate="session",
    producer="sessions",
    data_class="none",
    person="contact_id",
)
class SessionAgentAssigned(msgspec.Struct, frozen=True, kw_only=True):
    """A session is now in the care of `agent_id`.

    `assigned_by_agent_id` is None where no person chose, `assignment_strategy` where no rule did.
    The first assignment has no `previous_agent_id` and no `reassignment_reason`, and
    `reassignment_count` does not count it.
    """

    session_id: UUID
    contact_id: UUID
    agent_id: UUID
    assigned_at: Moment
    source: AssignmentSource
    assigned_by_agent_id: UUID | None = None
    previous_agent_id: UUID | None = None
    reassignment_reason: str | None = None
    assignment_strategy: AssignmentStrategy | None = None
    reassignment_count: int


@event(
    "session.resolved",
    aggregate="session",
    producer="sessions",
    data_class="none",
    person="contact_id",
)
class SessionResolved(msgspec.Struct, frozen=True, kw_only=True):
    """What the contact wanted is settled. The session may still be open."""

    session_id: UUID
    contact_id: UUID
    resolved_at: Moment


@event(
    "session.escalated",
    aggregate="session",
    producer="sessions",
    data_class="none",
    person="contact_id",
)
class SessionEscalated(msgspec.Struct, frozen=True, kw_only=True):
    """A session needs somebody with more authority or knowledge than the agent who has it."""

    session_id: UUID
    contact_id: UUID
    escalated_at: Moment


@event(
    "session.summarized",
    aggregate="session",
    producer="sessions",
    data_class="sensitive",
    person="contact_id",
)
class SessionSummarized(msgspec.Struct, frozen=True, kw_only=True):
    """A language model wrote down what a session was about and how the contact felt.

    `sentiment_score` runs from -1 (negative) to 1 (positive).
    """

    session_id: UUID
    contact_id: UUID
    summary: str
    sentiment: Sentiment
    sentiment_score: float
    generated_at: Moment


@event(
    "session.abandoned",
    aggregate="session",
    producer="sessions",
    data_class="none",
    person="contact_id",
)
class SessionAbandoned(msgspec.Struct, frozen=True, kw_only=True):
    """A contact did not answer the company's last message.

    `minutes_since_last_response` are the whole minutes from that message to `abandoned_at`;
    `messages_before_abandonment` counts both directions. `conversation_stage` is the name of the
    contact's pipeline status at that time, None for a contact in no pipeline.
    """

    session_id: UUID
    contact_id: UUID
    last_agent_message_at: Moment
    minutes_since_last_response: int
    messages_before_abandonment: int
    conversation_stage: str | None = None
    abandoned_at: Moment
