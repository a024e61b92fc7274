"""Names of the fields that a WhatsApp business account is subscribed to."""

from typing import Final

MESSAGES: Final = "messages"

MESSAGE_FIELDS: Final = frozenset({MESSAGES, "smb_message_echoes"})
"""The fields that carry messages: what they tell is read in the order in which it came."""

OTHER_FIELDS: Final = frozenset(
    {
        "account_alerts",
        "account_review_update",
        "account_update",
        "business_capability_update",
        "calls",
        "history",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "smb_app_state_sync",
        "template_category_update",
        "user_id_update",
        "user_preferences",
    }
)

KNOWN_EVENTS: Final = OTHER_FIELDS | {MESSAGES}
"""What a post is stored and queued as; every other field shares one name."""
