"""Facts of timelines: the entries of a contact's history, and the log of events told to us."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import JsonValue
from proto_events.notes import Priority
from proto_events.registry import event
from proto_events.times import Moment

ContactEventCategory = Literal[
    "general",
    "status",
    "pipeline",
    "assignment",
    "tag",
    "note",
    "session",
    "custom_field",
    "system",
    "notification",
    "tracking",
]
ContactEventSource = Literal["system", "agent", "webhook", "workflow", "automation", "integration"]
EventSource = Literal["system", "webhook", "manual", "cron", "workflow"]


@event(
    "contact_event.recorded",
    aggregate="contact_event",
    producer="contacts",
    data_class="sensitive",
    person="contact_id",
)
class ContactEventRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """A contact's timeline has a new entry, written for people to read.

    `event_type` is free, for example `contact.tag_added`, and decides what `payload` holds.
    `triggered_by` is a user or agent, missing where no person did it; `integration_source` names
    the integration where `source` is `integration`. With `is_realtime` it is shown at once to
    those who look at the contact; `delivered` and `read` are how far it got when this was told.
    `visible_to_client` lets the contact see it. Without `expires_at` it stays.
    `occurred_at` is when it happened, `created_at` when the entry was written.
    """

    contact_event_id: UUID
    contact_id: UUID
    session_id: UUID | None = None
    event_type: str
    category: ContactEventCategory
    priority: Priority
    title: str | None = None
    description: str | None = None
    payload: dict[str, JsonValue]
    metadata: dict[str, JsonValue]
    source: ContactEventSource
    triggered_by: UUID | None = None
    integration_source: str | None = None
    is_realtime: bool
    delivered: bool
    delivered_at: Moment | None = None
    read: bool
    read_at: Moment | None = None
    visible_to_client: bool
    visible_to_agent: bool
    expires_at: Moment | None = None
    occurred_at: Moment
    created_at: Moment


@event(
    "event.recorded",
    aggregate="event",
    producer="contacts",
    data_class="sensitive",
    person="contact_id",
)
class EventRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened was logged as it was told, for programs to read.

    `event_type` is the source's name for it and decides what `payload` holds. Contact, session and
    message are missing where it is about none. `sequence_number` counts the events of one source,
    where the source counts. `occurred_at` is when it happened, `created_at` when it was logged.
    """

    event_id: UUID
    contact_id: UUID | None = None
    session_id: UUID | None = None
    message_id: UUID | None = None
    event_type: str
    payload: dict[str, JsonValue]
    source: EventSource
    sequence_number: int | None = None
    occurred_at: Moment
    created_at: Moment
