"""A session: one conversation of one person on one channel, from its first message to its end.

Clock: `last_activity_at` is the greatest `received_at` (ingress' stamp) of its messages, and the
deadline is that plus the timeout. All decisions compare these, never the moment at which a
consumer or a timer happens to run, so that lag and late timers change nothing.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from ventros_sessions.domain.errors import SessionNotActive
from ventros_sessions.domain.waits import Waits, first_answer, heard, joined

Status = Literal["active", "ended"]
EndReason = Literal[
    "inactivity_timeout",
    "manual_close",
    "contact_request",
    "agent_close",
    "system_close",
    "merged",
]
TimeoutSource = Literal["channel", "project", "default"]


class Timeout(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of inactivity that end a session, and where the number comes from."""

    seconds: float
    source: TimeoutSource


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a session needs to know of a message.

    `contact_id` is the node that the address belongs to, `root_id` the person. A `historic` one
    was imported: when it was received says nothing.
    """

    contact_id: UUID
    root_id: UUID
    project_id: UUID
    channel_id: UUID
    channel_type: str
    from_contact: bool
    occurred_at: datetime
    received_at: datetime
    historic: bool = False


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it is; `version` rises with every change and is the sequence of its events.

    `started_at` and `last_activity_at` are ingress' time; the times of messages are the
    provider's. `merged_into` is the session that this one went into. `historic` is one that an
    import made of messages of the past: all of its times are the provider's.
    """

    id: UUID
    tenant_id: UUID
    project_id: UUID
    contact_id: UUID
    channel_id: UUID
    channel_type: str
    version: int = 1
    status: Status = "active"
    end_reason: EndReason | None = None
    started_at: datetime
    last_activity_at: datetime
    ended_at: datetime | None = None
    timeout: Timeout
    inbound_messages: int = 0
    outbound_messages: int = 0
    first_message_at: datetime | None = None
    last_message_at: datetime | None = None
    first_contact_message_at: datetime | None = None
    first_agent_response_at: datetime | None = None
    waits: Waits = Waits()
    merged_into: UUID | None = None
    historic: bool = False

    @property
    def active(self) -> bool:
        return self.status == "active"

    @property
    def deadline(self) -> datetime:
        """The last moment at which a message still belongs to this session."""
        return self.last_activity_at + timedelta(seconds=self.timeout.seconds)

    @property
    def total_messages(self) -> int:
        return self.inbound_messages + self.outbound_messages

    @property
    def duration_seconds(self) -> float:
        """From the first message to the last, by the provider's clock as the first response is: an
        answer within a session never takes longer than the session.
        """
        if self.first_message_at is None or self.last_message_at is None:
            return 0
        return (self.last_message_at - self.first_message_at).total_seconds()

    @property
    def first_response_seconds(self) -> float | None:
        """From the contact's first message to the company's first answer after it."""
        if self.first_contact_message_at is None or self.first_agent_response_at is None:
            return None
        return (self.first_agent_response_at - self.first_contact_message_at).total_seconds()

    @property
    def counted_waits(self) -> Waits | None:
        """How long answers took; None for a session of the past, where nobody counts them."""
        return None if self.historic else self.waits.now


def open_session(session_id: UUID, tenant_id: UUID, message: Message, timeout: Timeout) -> Session:
    """A new session for its first message, which is not counted yet."""
    return Session(
        id=session_id,
        tenant_id=tenant_id,
        project_id=message.project_id,
        contact_id=message.contact_id,
        channel_id=message.channel_id,
        channel_type=message.channel_type,
        started_at=message.received_at,
        last_activity_at=message.received_at,
        timeout=timeout,
    )


def record(session: Session, message: Message) -> Session:
    """Count a message and move the deadline, never back.

    The first response is the first outbound message at or after the contact's first one, also
    where it was heard before that.
    """
    inbound = message.from_contact
    moment = message.occurred_at
    waits = heard(session.waits, moment, inbound=inbound)
    contact_at = session.first_contact_message_at
    answer_at = session.first_agent_response_at
    if inbound:
        contact_at = _earliest(contact_at, moment) or moment
        answer_at = _earliest(answer_at, first_answer(waits, contact_at))
    elif contact_at is not None and moment >= contact_at:
        answer_at = _earliest(answer_at, moment)
    return replace(
        session,
        version=session.version + 1,
        last_activity_at=max(session.last_activity_at, message.received_at),
        inbound_messages=session.inbound_messages + inbound,
        outbound_messages=session.outbound_messages + (not inbound),
        first_message_at=_earliest(session.first_message_at, moment),
        last_message_at=_latest(session.last_message_at, moment),
        first_contact_message_at=contact_at,
        first_agent_response_at=answer_at,
        waits=waits,
    )


def end_by_inactivity(session: Session) -> Session:
    """The end at the deadline, whenever it is noticed."""
    return _ended(session, "inactivity_timeout", session.deadline)


def close(session: Session, reason: EndReason, now: datetime) -> Session:
    """The end by someone's decision, now.

    Raises:
        SessionNotActive: it has ended already.
    """
    if not session.active:
        raise SessionNotActive(session.id)
    return _ended(session, reason, now)


def reopen(session: Session) -> Session:
    """Take back an end by inactivity: a message had arrived before the deadline."""
    return replace(
        session,
        version=session.version + 1,
        status="active",
        end_reason=None,
        ended_at=None,
        historic=False,
    )


def absorb(survivor: Session, other: Session, now: datetime) -> tuple[Session, Session]:
    """Two active sessions of one person on one channel become one.

    The counters of `other` go into the survivor, once; `other` ends with reason `merged` and
    keeps its own totals. Returns (survivor, other).
    """
    ended = replace(_ended(other, "merged", now), merged_into=survivor.id)
    grown = replace(
        survivor,
        version=survivor.version + 1,
        started_at=min(survivor.started_at, other.started_at),
        last_activity_at=max(survivor.last_activity_at, other.last_activity_at),
        inbound_messages=survivor.inbound_messages + other.inbound_messages,
        outbound_messages=survivor.outbound_messages + other.outbound_messages,
        first_message_at=_earliest(survivor.first_message_at, other.first_message_at),
        last_message_at=_latest(survivor.last_message_at, other.last_message_at),
        first_contact_message_at=_earliest(
            survivor.first_contact_message_at, other.first_contact_message_at
        ),
        first_agent_response_at=_earliest(
            survivor.first_agent_response_at, other.first_agent_response_at
        ),
        waits=joined(survivor.waits, other.waits),
    )
    return grown, ended


def record_past(session: Session, message: Message) -> Session:
    """Count a message of the past. A live session keeps its deadline and its first response."""
    inbound = message.from_contact
    grown = replace(
        session,
        version=session.version + 1,
        inbound_messages=session.inbound_messages + inbound,
        outbound_messages=session.outbound_messages + (not inbound),
        first_message_at=_earliest(session.first_message_at, message.occurred_at),
        last_message_at=_latest(session.last_message_at, message.occurred_at),
    )
    return _spanned(grown) if session.historic else grown


def absorb_past(survivor: Session, other: Session) -> tuple[Session, Session]:
    """A session that the past made goes into another one, which may be live.

    Its counters go along, once; it keeps its own totals, and its end. Returns (survivor, other).
    """
    merged = replace(other, version=other.version + 1, end_reason="merged", merged_into=survivor.id)
    grown = replace(
        survivor,
        version=survivor.version + 1,
        inbound_messages=survivor.inbound_messages + other.inbound_messages,
        outbound_messages=survivor.outbound_messages + other.outbound_messages,
        first_message_at=_earliest(survivor.first_message_at, other.first_message_at),
        last_message_at=_latest(survivor.last_message_at, other.last_message_at),
    )
    return (_spanned(grown) if survivor.historic else grown), merged


def _spanned(session: Session) -> Session:
    """A session of the past lasts from its first message to its last, and ends by the timeout."""
    first, last = session.first_message_at, session.last_message_at
    if first is None or last is None:
        raise ValueError("a session of the past has messages")
    timeout = timedelta(seconds=session.timeout.seconds)
    return replace(session, started_at=first, last_activity_at=last, ended_at=last + timeout)


def _ended(session: Session, reason: EndReason, at: datetime) -> Session:
    return replace(
        session, version=session.version + 1, status="ended", end_reason=reason, ended_at=at
    )


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
