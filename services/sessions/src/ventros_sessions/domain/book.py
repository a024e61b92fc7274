"""The book of the sessions that a bundle of messages touches: which message goes into which.

Rules, for the messages of one person (root) on one channel, in the order of delivery:

1. At most one session is active. Of two (their contacts turned out to be one person) the older
   survives and absorbs the other; if the older one's deadline had passed before the other began,
   it ended then and there is nothing to merge.
2. A message received at or before the active session's deadline is recorded in it.
3. A message received later ends the active session, at its deadline, and opens a new one.
4. With none active, a session that ended by inactivity at or after the message was received
   goes on: the message had come in time and was read late. Of several, the latest.
5. Else the message opens a new session.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from ventros_sessions.domain import session as rules
from ventros_sessions.domain.facts import Ended, Fact, Merged, Recorded, Reopened, Started
from ventros_sessions.domain.session import Message, Session, Timeout

Conversation: TypeAlias = tuple[UUID, UUID]
"""A person (root) and a channel."""


class Book:
    """Holds the sessions of the conversations of a bundle, and what happened to them."""

    def __init__(
        self,
        tenant_id: UUID,
        sessions: Iterable[tuple[UUID, Session]],
        now: datetime,
        new_id: Callable[[], UUID],
    ) -> None:
        """`sessions` are pairs of a root and a session, active or ended by inactivity."""
        self._tenant_id = tenant_id
        self._now = now
        self._new_id = new_id
        self._loaded: dict[UUID, Session] = {}
        self._sessions: dict[UUID, Session] = {}
        self._active: defaultdict[Conversation, list[UUID]] = defaultdict(list)
        self._expired: defaultdict[Conversation, list[UUID]] = defaultdict(list)
        self.facts: list[Fact] = []
        for root, session in sessions:
            self._loaded[session.id] = self._sessions[session.id] = session
            books = self._active if session.active else self._expired
            books[root, session.channel_id].append(session.id)

    def opened(self) -> list[Session]:
        """Sessions that are new, as they now are, in the order of their opening."""
        return [s for s in self._sessions.values() if s.id not in self._loaded]

    def changed(self) -> list[Session]:
        """Sessions that were loaded and are another now, in the order of their ids."""
        return sorted(
            (
                session
                for session in self._sessions.values()
                if session.id in self._loaded and session is not self._loaded[session.id]
            ),
            key=lambda session: session.id,
        )

    def needs_timeouts(self, messages: Iterable[Message]) -> set[tuple[UUID, UUID]]:
        """(channel, project) of messages that may open a session; empty nearly always."""
        return {
            (message.channel_id, message.project_id)
            for message in messages
            if not any(
                message.received_at <= self._sessions[identifier].deadline
                for identifier in self._active[message.root_id, message.channel_id]
            )
        }

    def join(self) -> None:
        """Leave at most one active session in every conversation (rule 1)."""
        for conversation in sorted(self._active):
            self._join(conversation)

    def record_all(
        self, messages: Sequence[Message], timeouts: Mapping[tuple[UUID, UUID], Timeout]
    ) -> None:
        """Record messages in the order of delivery.

        `timeouts` has those of every (channel, project) that `needs_timeouts` named.
        """
        for place, message in enumerate(messages):
            session = rules.record(self._session_for(message, timeouts), message)
            self._sessions[session.id] = session
            self.facts.append(Recorded(session, place))

    def _session_for(
        self, message: Message, timeouts: Mapping[tuple[UUID, UUID], Timeout]
    ) -> Session:
        conversation = (message.root_id, message.channel_id)
        active = self._join(conversation)
        if active is not None and message.received_at <= active.deadline:
            return active
        if active is not None:
            self._expire(conversation, active)
        else:
            late = self._read_late(conversation, message)
            if late is not None:
                return self._reopen(conversation, late)
        timeout = timeouts[message.channel_id, message.project_id]
        return self._open(conversation, message, timeout)

    def _join(self, conversation: Conversation) -> Session | None:
        identifiers = self._active[conversation]
        if not identifiers:
            return None
        survivor, *others = sorted(
            (self._sessions[identifier] for identifier in identifiers),
            key=lambda session: (session.started_at, session.id),
        )
        for other in others:
            if survivor.deadline < other.started_at:
                self._expire(conversation, survivor)
                survivor = other
                continue
            survivor, merged = rules.absorb(survivor, other, self._now)
            self._sessions[survivor.id], self._sessions[merged.id] = survivor, merged
            self.facts += [Merged(survivor, merged.id), Ended(merged)]
        self._active[conversation] = [survivor.id]
        return survivor

    def _expire(self, conversation: Conversation, session: Session) -> None:
        ended = rules.end_by_inactivity(session)
        self._sessions[ended.id] = ended
        self._active[conversation].remove(ended.id)
        self._expired[conversation].append(ended.id)
        self.facts.append(Ended(ended))

    def _read_late(self, conversation: Conversation, message: Message) -> Session | None:
        in_time = [
            session
            for identifier in self._expired[conversation]
            if (session := self._sessions[identifier]).deadline >= message.received_at
        ]
        return max(in_time, key=lambda s: (s.deadline, s.id), default=None)

    def _reopen(self, conversation: Conversation, session: Session) -> Session:
        reopened = rules.reopen(session)
        self._sessions[reopened.id] = reopened
        self._expired[conversation].remove(reopened.id)
        self._active[conversation].append(reopened.id)
        self.facts.append(Reopened(reopened))
        return reopened

    def _open(self, conversation: Conversation, message: Message, timeout: Timeout) -> Session:
        session = rules.open_session(self._new_id(), self._tenant_id, message, timeout)
        self._sessions[session.id] = session
        self._active[conversation].append(session.id)
        self.facts.append(Started(session))
        return session
