"""Facts of contact lists.

A static list holds the contacts that people put into it; a dynamic one those that fit its filter
rules when it was last recalculated.
"""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import event

FilterType = Literal["custom_field", "pipeline_status", "tag", "event", "interaction", "attribute"]
"""What of a contact a filter rule looks at."""


@event("contact_list.created", aggregate="contact_list", producer="contacts", data_class="none")
class ContactListCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A list was made. People fill a static one, filter rules a dynamic one."""

    contact_list_id: UUID
    name: str
    is_static: bool


@event("contact_list.updated", aggregate="contact_list", producer="contacts", data_class="none")
class ContactListUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of a list were changed; `updated_fields` names them."""

    contact_list_id: UUID
    updated_fields: list[str]


@event("contact_list.deleted", aggregate="contact_list", producer="contacts", data_class="none")
class ContactListDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A list was deleted; its contacts stay."""

    contact_list_id: UUID


@event(
    "contact_list.filter_rule_added",
    aggregate="contact_list",
    producer="contacts",
    data_class="none",
)
class ContactListFilterRuleAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A dynamic list has one more rule; who fits is told by `contact_list.recalculated`."""

    contact_list_id: UUID
    filter_rule_id: UUID
    filter_type: FilterType


@event(
    "contact_list.filter_rule_removed",
    aggregate="contact_list",
    producer="contacts",
    data_class="none",
)
class ContactListFilterRuleRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A dynamic list has one rule less."""

    contact_list_id: UUID
    filter_rule_id: UUID


@event(
    "contact_list.filter_rules_cleared",
    aggregate="contact_list",
    producer="contacts",
    data_class="none",
)
class ContactListFilterRulesCleared(msgspec.Struct, frozen=True, kw_only=True):
    """All rules of a dynamic list were taken away at once, without an event for each."""

    contact_list_id: UUID


@event(
    "contact_list.recalculated", aggregate="contact_list", producer="contacts", data_class="none"
)
class ContactListRecalculated(msgspec.Struct, frozen=True, kw_only=True):
    """The contacts of a list were counted anew; `contact_count` is how many it holds now."""

    contact_list_id: UUID
    contact_count: int


@event(
    "contact_list.contact_added",
    aggregate="contact_list",
    producer="contacts",
    data_class="none",
    person="contact_id",
)
class ContactListContactAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A contact was put into a list."""

    contact_list_id: UUID
    contact_id: UUID


@event(
    "contact_list.contact_removed",
    aggregate="contact_list",
    producer="contacts",
    data_class="none",
    person="contact_id",
)
class ContactListContactRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A contact was taken out of a list; the contact itself stays."""

    contact_list_id: UUID
    contact_id: UUID
