"""Facts of the domain as events of the contract, into the outbox of the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from platform_bus import Outgoing, emit
from platform_postgres import Tx
from proto_events.contacts import AliasLink
from proto_events.conversation import ChatMessage
from proto_events.envelope import Envelope
from proto_events.sessions import (
    SessionEnded,
    SessionHistoryRecorded,
    SessionMerged,
    SessionMessageRecorded,
    SessionMetrics,
    SessionReopened,
    SessionStarted,
    SessionTimeoutChanged,
)
from ventros_sessions.domain.facts import (
    Ended,
    Fact,
    Imported,
    Merged,
    Recorded,
    Reopened,
    Started,
    TimeoutChanged,
)
from ventros_sessions.domain.session import Session


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it was told, with the root that we know, and the edges from its node to it."""

    cause: Envelope
    contact_id: UUID
    root_id: UUID
    aliases: list[AliasLink]
    message: ChatMessage


async def say(tx: Tx, facts: Sequence[Fact], now: datetime, cause: Envelope | None = None) -> None:
    """Say facts that have one cause, or a caller of the API as their cause (None)."""
    await emit(tx, [_outgoing(fact, _event(fact, now), cause) for fact in facts])


async def say_recorded(tx: Tx, facts: Sequence[Fact], told: Sequence[Told], now: datetime) -> None:
    """Say what messages led to; what stands before a `Recorded` was caused by its message, what
    stands after the last one by all of them.
    """
    outgoing: list[Outgoing] = []
    waiting: list[Fact] = []
    for fact in facts:
        if not isinstance(fact, Recorded):
            waiting.append(fact)
            continue
        message = told[fact.place]
        outgoing += [_outgoing(before, _event(before, now), message.cause) for before in waiting]
        outgoing.append(_recorded(fact, message, now))
        waiting.clear()
    last = told[-1].cause
    outgoing += [_outgoing(after, _event(after, now), last) for after in waiting]
    await emit(tx, outgoing)


def _recorded(fact: Recorded, told: Told, now: datetime) -> Outgoing:
    session = fact.session
    return Outgoing(
        event=SessionMessageRecorded(
            session_id=session.id,
            contact_id=told.contact_id,
            root_id=told.root_id,
            aliases=told.aliases,
            from_contact=not told.message.from_me,
            recorded_at=now,
            message=told.message,
        ),
        tenant_id=session.tenant_id,
        project_id=session.project_id,
        subject=session.id,
        sequence=session.version,
        partition_key=str(told.root_id),
        cause=told.cause,
    )


def _outgoing(fact: Fact, event: msgspec.Struct, cause: Envelope | None) -> Outgoing:
    session = fact.session
    return Outgoing(
        event=event,
        tenant_id=session.tenant_id,
        project_id=session.project_id,
        subject=session.id,
        sequence=session.version,
        partition_key=str(session.id),
        cause=cause,
    )


def _event(fact: Fact, now: datetime) -> msgspec.Struct:
    session = fact.session
    match fact:
        case Started():
            return SessionStarted(
                session_id=session.id,
                contact_id=session.contact_id,
                channel_id=session.channel_id,
                started_at=session.started_at,
                timeout_seconds=session.timeout.seconds,
            )
        case Reopened():
            return SessionReopened(
                session_id=session.id,
                contact_id=session.contact_id,
                channel_id=session.channel_id,
                reopened_at=now,
                timeout_seconds=session.timeout.seconds,
            )
        case Ended():
            return _session_ended(session)
        case Merged(_, other):
            return SessionMerged(from_session_id=other, into_session_id=session.id, merged_at=now)
        case TimeoutChanged():
            return SessionTimeoutChanged(
                session_id=session.id, timeout_seconds=session.timeout.seconds, changed_at=now
            )
        case Imported():
            return SessionHistoryRecorded(
                session_id=session.id,
                contact_id=session.contact_id,
                channel_id=session.channel_id,
                started_at=session.started_at,
                ended_at=session.ended_at,
                historic=session.historic,
                metrics=_metrics(session),
                recorded_at=now,
            )
        case Recorded():
            raise TypeError("a recorded message is said with the message")


def _session_ended(session: Session) -> SessionEnded:
    if session.ended_at is None or session.end_reason is None:
        raise TypeError("the session has not ended")
    return SessionEnded(
        session_id=session.id,
        contact_id=session.contact_id,
        channel_id=session.channel_id,
        started_at=session.started_at,
        ended_at=session.ended_at,
        reason=session.end_reason,
        duration=session.duration_seconds,
        first_response_seconds=session.first_response_seconds,
        metrics=_metrics(session),
    )


def _metrics(session: Session) -> SessionMetrics:
    waits = session.counted_waits
    return SessionMetrics(
        total_messages=session.total_messages,
        inbound_messages=session.inbound_messages,
        outbound_messages=session.outbound_messages,
        first_message_at=session.first_message_at,
        last_message_at=session.last_message_at,
        waiting_since=None if waits is None else waits.waiting_since,
        answers=None if waits is None else waits.answers,
        longest_wait_seconds=None if waits is None else waits.longest_seconds,
        total_wait_seconds=None if waits is None else waits.total_seconds,
    )
