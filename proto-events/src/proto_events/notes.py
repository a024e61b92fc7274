"""Facts of notes: what agents, users and the system write down about a contact."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import event

Priority = Literal["low", "normal", "high", "urgent"]
AuthorType = Literal["agent", "system", "user"]
NoteType = Literal[
    "general",
    "follow_up",
    "complaint",
    "resolution",
    "escalation",
    "internal",
    "customer",
    "session_summary",
    "session_handoff",
    "session_feedback",
    "ad_conversion",
    "ad_campaign",
    "ad_attribution",
    "tracking_insight",
]


@event(
    "note.added",
    aggregate="note",
    producer="contacts",
    data_class="sensitive",
    person="contact_id",
)
class NoteAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A note was written about a contact. A missing `session_id`: it is of no session.

    `author_id` is an agent's id, or a user's where `author_type` is `user`; `author_name` is the
    author's name at that time.
    """

    note_id: UUID
    contact_id: UUID
    session_id: UUID | None = None
    author_id: UUID
    author_type: AuthorType
    author_name: str
    content: str
    note_type: NoteType
    priority: Priority


@event(
    "note.updated",
    aggregate="note",
    producer="contacts",
    data_class="sensitive",
    person="contact_id",
)
class NoteUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a note was changed by the user or agent `updated_by`."""

    note_id: UUID
    contact_id: UUID
    updated_by: UUID
    old_content: str
    new_content: str


@event(
    "note.deleted", aggregate="note", producer="contacts", data_class="none", person="contact_id"
)
class NoteDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A note was deleted by the user or agent `deleted_by`."""

    note_id: UUID
    contact_id: UUID
    deleted_by: UUID


@event("note.pinned", aggregate="note", producer="contacts", data_class="none", person="contact_id")
class NotePinned(msgspec.Struct, frozen=True, kw_only=True):
    """A note now stands above the contact's other notes; `pinned_by` is a user or agent."""

    note_id: UUID
    contact_id: UUID
    pinned_by: UUID
