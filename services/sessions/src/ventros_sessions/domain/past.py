"""Messages of the past: which session an imported message goes into, or that it makes one.

Rules, for the messages of one person (root) on one channel, whatever the order of their telling:

1. A message belongs to a session when it lies within it, or no further from it than the timeout,
   by the provider's clock. What somebody closed takes nothing from after that.
2. A message that belongs to several joins them: those that the past made go into the live one, or
   the oldest of them. What was live stays what it was: of two live ones the older takes the
   message, and the two are not joined.
3. Else it makes a session, which has ended: at its last message plus the timeout.

No rule looks at the present: no deadline moves, no timer is set, no first response is counted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from ventros_sessions.domain.book import Conversation
from ventros_sessions.domain.facts import Fact, Imported, Merged, Recorded
from ventros_sessions.domain.session import (
    Message,
    Session,
    Timeout,
    absorb_past,
    end_by_inactivity,
    open_session,
    record_past,
)


class Past:
    """The sessions near the messages of a bundle, and what the past did to them."""

    def __init__(
        self,
        tenant_id: UUID,
        sessions: Iterable[tuple[UUID, Session]],
        new_id: Callable[[], UUID],
    ) -> None:
        """`sessions` are pairs of a root and a session; none that went into another one."""
        self._tenant_id = tenant_id
        self._new_id = new_id
        self._loaded: dict[UUID, Session] = {}
        self._sessions: dict[UUID, Session] = {}
        self._standing: defaultdict[Conversation, set[UUID]] = defaultdict(set)
        self.facts: list[Fact] = []
        for root, session in sessions:
            self._loaded[session.id] = self._sessions[session.id] = session
            self._standing[root, session.channel_id].add(session.id)

    def opened(self) -> list[Session]:
        """Sessions that are new, as they now are, in the order of their ids."""
        return [session for session in self._by_id() if session.id not in self._loaded]

    def changed(self) -> list[Session]:
        """Sessions that were loaded and are another now, in the order of their ids."""
        return [
            session
            for session in self._by_id()
            if session.id in self._loaded and session is not self._loaded[session.id]
        ]

    def imported(self) -> list[Imported]:
        """What the past left of each session that it touched."""
        return [
            Imported(session)
            for session in self._by_id()
            if session.merged_into is None and session is not self._loaded.get(session.id)
        ]

    def record_all(
        self, messages: Sequence[Message], timeouts: Mapping[tuple[UUID, UUID], Timeout]
    ) -> None:
        """Record messages in the order of delivery.

        `timeouts` has those of every (channel, project).
        """
        for place, message in enumerate(messages):
            session = record_past(self._session_for(message, timeouts), message)
            self._sessions[session.id] = session
            self.facts.append(Recorded(session, place))

    def _session_for(
        self, message: Message, timeouts: Mapping[tuple[UUID, UUID], Timeout]
    ) -> Session:
        standing = self._standing[message.root_id, message.channel_id]
        found = sorted(
            (self._sessions[one] for one in standing if _belongs(message, self._sessions[one])),
            key=lambda session: (session.historic, session.started_at, session.id),
        )
        if not found:
            return self._open(message, timeouts[message.channel_id, message.project_id])
        survivor, *others = found
        for other in others:
            if other.historic:
                survivor, merged = absorb_past(survivor, other)
                self._sessions[survivor.id], self._sessions[merged.id] = survivor, merged
                standing.remove(merged.id)
                self.facts.append(Merged(survivor, merged.id))
        return survivor

    def _open(self, message: Message, timeout: Timeout) -> Session:
        begun = replace(message, received_at=message.occurred_at)
        live = open_session(self._new_id(), self._tenant_id, begun, timeout)
        session = replace(end_by_inactivity(live), version=live.version, historic=True)
        self._sessions[session.id] = session
        self._standing[message.root_id, message.channel_id].add(session.id)
        return session

    def _by_id(self) -> list[Session]:
        return sorted(self._sessions.values(), key=lambda session: session.id)


def _belongs(message: Message, session: Session) -> bool:
    at = message.occurred_at
    if session.end_reason not in (None, "inactivity_timeout") and (
        session.ended_at is None or at > session.ended_at
    ):
        return False
    first = session.first_message_at or session.started_at
    last = session.last_message_at or session.last_activity_at
    slack = timedelta(seconds=session.timeout.seconds)
    return first - slack <= at <= last + slack
