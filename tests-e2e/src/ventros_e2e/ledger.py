"""The ledger: what was promised to the provider with a 2xx, against what the system then has.

It lives with the client. At rest it is compared with what is stored, what was published and what
was set aside, and says what is lost, doubled, unexpected or out of order.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct


class Entry(Struct, kw_only=True):
    """One message. `place` counts the messages of its conversation from 0."""

    stanza: str
    conversation: str
    place: int
    answered: bool = False
    attempts: int = 0


class Stored(Struct, frozen=True, kw_only=True):
    """A message as the API shows it."""

    stanza: str
    contact_id: str
    session_id: str


class Published(Struct, frozen=True, kw_only=True):
    """A `message.created` as a subscriber got it."""

    event_id: str
    stanza: str


class Findings(Struct, frozen=True, kw_only=True):
    """What does not agree; all empty when every promise was kept."""

    lost: tuple[str, ...] = ()
    """Promised and not stored."""
    doubled: tuple[str, ...] = ()
    """Stored more than once."""
    unexpected: tuple[str, ...] = ()
    """Stored and never sent."""
    unpublished: tuple[str, ...] = ()
    """Stored, and no event says so."""
    published_twice: tuple[str, ...] = ()
    """Two events with ids of their own say so (one id delivered again is the same event)."""
    disordered: tuple[str, ...] = ()
    """Conversations whose timeline or events are not in the order of sending."""
    split: tuple[str, ...] = ()
    """Conversations that became more than one contact or, at once, more than one session."""
    set_aside: tuple[str, ...] = ()
    """Parked or dead-lettered, though no handler could have failed."""

    @property
    def clean(self) -> bool:
        """Whether everything agrees."""
        return self == Findings()

    def summary(self) -> str:
        """One line for an assertion."""
        parts = [
            f"{name}: {len(found)} ({', '.join(found[:5])})"
            for name in self.__struct_fields__
            if (found := getattr(self, name))
        ]
        return "; ".join(parts) or "clean"


class Ledger:
    """Entries in the order of sending, by stanza.

    `told_in_order`: the provider told of them in that order, and so events have it too. Without,
    timelines alone have it, by the provider's time.
    """

    def __init__(self, *, told_in_order: bool = True) -> None:
        self._told_in_order = told_in_order
        self._entries: dict[str, Entry] = {}
        self._places: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._entries)

    def write(self, stanza: str, conversation: str) -> Entry:
        """Note a message before it is sent for the first time."""
        entry = Entry(stanza=stanza, conversation=conversation, place=self._places[conversation])
        self._places[conversation] += 1
        self._entries[stanza] = entry
        return entry

    @property
    def promised(self) -> list[Entry]:
        """What was answered with 2xx."""
        return [entry for entry in self._entries.values() if entry.answered]

    def compare(
        self,
        stored: Mapping[str, Sequence[Stored]],
        published: Sequence[Published],
        set_aside: Iterable[str],
    ) -> Findings:
        """`stored`: the timeline of each contact; `published`: in the order of arrival."""
        rows = [message for timeline in stored.values() for message in timeline]
        times = Counter(row.stanza for row in rows)
        events: dict[str, list[str]] = {}
        for event in published:
            ids = events.setdefault(event.stanza, [])
            if event.event_id not in ids:
                ids.append(event.event_id)
        promised = {entry.stanza for entry in self.promised}
        return Findings(
            lost=tuple(sorted(promised - times.keys())),
            doubled=tuple(sorted(stanza for stanza, count in times.items() if count > 1)),
            unexpected=tuple(sorted(times.keys() - self._entries.keys())),
            unpublished=tuple(sorted(times.keys() - events.keys())),
            published_twice=tuple(sorted(one for one, ids in events.items() if len(ids) > 1)),
            disordered=self._disordered(stored, published),
            split=self._split(rows),
            set_aside=tuple(sorted(set_aside)),
        )

    def _disordered(
        self, stored: Mapping[str, Sequence[Stored]], published: Sequence[Published]
    ) -> tuple[str, ...]:
        found: set[str] = set()
        for timeline in stored.values():
            found |= self._backwards([message.stanza for message in timeline])
        if self._told_in_order:
            found |= self._backwards(list(dict.fromkeys(event.stanza for event in published)))
        return tuple(sorted(found))

    def _backwards(self, stanzas: Iterable[str]) -> set[str]:
        """Conversations in which a later message comes before an earlier one."""
        last: dict[str, int] = {}
        found: set[str] = set()
        for stanza in stanzas:
            entry = self._entries.get(stanza)
            if entry is None:
                continue
            if entry.place < last.get(entry.conversation, -1):
                found.add(entry.conversation)
            last[entry.conversation] = entry.place
        return found

    def _split(self, rows: Iterable[Stored]) -> tuple[str, ...]:
        contacts: dict[str, set[str]] = {}
        sessions: dict[str, set[str]] = {}
        for row in rows:
            entry = self._entries.get(row.stanza)
            if entry is not None:
                contacts.setdefault(entry.conversation, set()).add(row.contact_id)
                sessions.setdefault(entry.conversation, set()).add(row.session_id)
        return tuple(
            sorted(
                conversation
                for conversation, found in contacts.items()
                if len(found) > 1 or len(sessions[conversation]) > 1
            )
        )
