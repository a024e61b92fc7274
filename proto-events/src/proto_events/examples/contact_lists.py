"""Examples of `proto_events.contact_lists`: who asked for a table, and who buys regularly."""

from typing import Final

from proto_events.contact_lists import (
    ContactListContactAdded,
    ContactListContactRemoved,
    ContactListCreated,
    ContactListDeleted,
    ContactListFilterRuleAdded,
    ContactListFilterRuleRemoved,
    ContactListFilterRulesCleared,
    ContactListRecalculated,
    ContactListUpdated,
)
from proto_events.examples.world import ANA, BRUNO, FILTER_RULE, REGULARS_LIST, TABLES_LIST

EXAMPLES: Final = (
    ContactListCreated(
        contact_list_id=TABLES_LIST, name="Interessados em mesas de jantar", is_static=False
    ),
    ContactListUpdated(contact_list_id=TABLES_LIST, updated_fields=["name", "description"]),
    ContactListDeleted(contact_list_id=REGULARS_LIST),
    ContactListFilterRuleAdded(
        contact_list_id=TABLES_LIST, filter_rule_id=FILTER_RULE, filter_type="tag"
    ),
    ContactListFilterRuleRemoved(contact_list_id=TABLES_LIST, filter_rule_id=FILTER_RULE),
    ContactListFilterRulesCleared(contact_list_id=TABLES_LIST),
    ContactListRecalculated(contact_list_id=TABLES_LIST, contact_count=48),
    ContactListContactAdded(contact_list_id=REGULARS_LIST, contact_id=BRUNO),
    ContactListContactRemoved(contact_list_id=REGULARS_LIST, contact_id=ANA),
)
