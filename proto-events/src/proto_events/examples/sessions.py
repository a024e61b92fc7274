"""Examples of `proto_events.sessions`: Ana and the shop talk, and Bruno stops answering."""

from typing import Final

from proto_events.contacts import AliasLink
from proto_events.examples.channels import FIRST_MESSAGE
from proto_events.examples.world import (
    AGENT,
    ANA,
    ANA_ASKED_AT,
    ANA_BY_LID,
    BRUNO,
    CHANNEL,
    OTHER_AGENT,
    OTHER_SESSION,
    SESSION,
    SESSION_BY_PHONE,
    STATUS_QUOTED_NAME,
    at,
)
from proto_events.sessions import (
    SessionAbandoned,
    SessionAgentAssigned,
    SessionEnded,
    SessionEscalated,
    SessionHistoryRecorded,
    SessionMerged,
    SessionMessageRecorded,
    SessionMetrics,
    SessionReopened,
    SessionResolved,
    SessionStarted,
    SessionSummarized,
    SessionTimeoutChanged,
)

EXAMPLES: Final = (
    SessionStarted(
        session_id=SESSION,
        contact_id=ANA,
        channel_id=CHANNEL,
        started_at=ANA_ASKED_AT,
        timeout_seconds=1800.0,
    ),
    SessionReopened(
        session_id=SESSION,
        contact_id=ANA,
        channel_id=CHANNEL,
        reopened_at=at(12, 45, 2),
        timeout_seconds=1800.0,
    ),
    SessionTimeoutChanged(session_id=SESSION, timeout_seconds=2700.0, changed_at=at(13, 0)),
    SessionEnded(
        session_id=SESSION,
        contact_id=ANA,
        channel_id=CHANNEL,
        started_at=ANA_ASKED_AT,
        ended_at=at(14, 27),
        reason="inactivity_timeout",
        duration=6120.0,
        first_response_seconds=90.0,
        metrics=SessionMetrics(
            total_messages=19,
            inbound_messages=11,
            outbound_messages=8,
            first_message_at=ANA_ASKED_AT,
            last_message_at=at(13, 42),
            waiting_since=at(13, 42),
            answers=6,
            longest_wait_seconds=410.0,
            total_wait_seconds=1150.0,
        ),
    ),
    SessionMerged(
        from_session_id=SESSION_BY_PHONE, into_session_id=SESSION, merged_at=at(12, 0, 1)
    ),
    SessionMessageRecorded(
        session_id=SESSION,
        contact_id=ANA_BY_LID,
        root_id=ANA,
        aliases=[AliasLink(node_id=ANA_BY_LID, root_id=ANA, version=1)],
        from_contact=True,
        recorded_at=at(12, 0, 2),
        message=FIRST_MESSAGE,
    ),
    SessionAgentAssigned(
        session_id=SESSION,
        contact_id=ANA,
        agent_id=AGENT,
        assigned_at=at(12, 1),
        source="reassignment_no_response",
        assigned_by_agent_id=None,  # a rule chose
        previous_agent_id=OTHER_AGENT,
        reassignment_reason="The first agent did not answer within a minute.",
        assignment_strategy="least_sessions",
        reassignment_count=1,
    ),
    SessionResolved(session_id=SESSION, contact_id=ANA, resolved_at=at(13, 41)),
    SessionEscalated(session_id=OTHER_SESSION, contact_id=BRUNO, escalated_at=at(14, 32)),
    SessionSummarized(
        session_id=SESSION,
        contact_id=ANA,
        summary=(
            "Ana procura uma mesa de jantar de 1,80 m para oito pessoas. Recebeu o orçamento "
            "e vai confirmar na quarta-feira."
        ),
        sentiment="positive",
        sentiment_score=0.72,
        generated_at=at(14, 27, 9),
    ),
    SessionAbandoned(
        session_id=OTHER_SESSION,
        contact_id=BRUNO,
        last_agent_message_at=at(14, 50),
        minutes_since_last_response=25,
        messages_before_abandonment=6,
        conversation_stage=STATUS_QUOTED_NAME,
        abandoned_at=at(15, 15),
    ),
    SessionHistoryRecorded(
        session_id=OTHER_SESSION,
        contact_id=BRUNO,
        channel_id=CHANNEL,
        started_at=at(9, 2),
        ended_at=at(9, 41),
        historic=True,
        metrics=SessionMetrics(
            total_messages=7,
            inbound_messages=4,
            outbound_messages=3,
            first_message_at=at(9, 2),
            last_message_at=at(9, 11),
        ),
        recorded_at=at(16, 20),
    ),
)
