"""Which permission an event needs to be seen. One table, by aggregate; what is not in it is denied.

The type of an event begins with its aggregate, so events need not be known here one by one; the
tests hold the table to every event that is declared.
"""

from collections.abc import Mapping
from typing import Final

NOBODY: Final = None
"""No role sees these: they steer programs, or tell of what no role may read through the API."""

AGGREGATES: Final[Mapping[str, str | None]] = {
    # How access ends, for those who enforce it.
    "access": NOBODY,
    "credential": NOBODY,
    # A stream of people is a list of people, and a program's ways in are for who manages them.
    "api_key": "api_key:list",
    "application": "application:list",
    "application_consent": "application:list",
    "external_identity": "sign_in:list",
    "identity_provider": "identity_provider:list",
    "user": "user:list",
    "project_member": "member:list",
    "project": "project:list",
    # The company: its name, and who answers for it.
    "customer": "tenant:read",
    "contact": "contact:read",
    "contact_event": "contact:read",
    "contact_list": "contact:list",
    "event": "contact:read",
    "note": "contact:read",
    "tracking": "contact:read",
    "chat": "message:read",
    "message": "message:read",
    "message_action": "message:read",
    "message_enrichment": "message:read",
    "message_group": "message:read",
    "template": "message:read",
    "session": "session:read",
    "agent_session": "session:read",
    "channel": "channel:read",
    "channel_type": "channel:read",
    "pipeline": "pipeline:read",
    "status": "pipeline:read",
    "webhook_subscription": "webhook:read",
    "webhook_delivery": "webhook:read",
    # No role may read these yet; each gets its permission together with its resource.
    "agent": NOBODY,
    "automation": NOBODY,
    "automation_rule": NOBODY,
    "billing": NOBODY,
    "broadcast": NOBODY,
    "campaign": NOBODY,
    "sequence": NOBODY,
}


CONVERSATIONS: Final = "message:read"
OF_CONVERSATIONS: Final = (
    "channel.call_",
    "channel.chat_",
    "channel.group_",
    "channel.identity_",
    "channel.label.chat_",
    "channel.marketing_preference_",
    "channel.media_",
    "channel.message_",
    "channel.poll_",
    "channel.profile_picture_",
)
"""What a channel tells of people and of what they say: whoever may only see the channel does not
see it."""


def permission_of(type_: str) -> str | None:
    """The permission that a type such as `contact.created.v1` needs; None: nobody sees it.

    Aggregates are one word, but for those of billing, which are denied together.
    """
    if type_.startswith(OF_CONVERSATIONS):
        return CONVERSATIONS
    return AGGREGATES.get(type_.partition(".")[0], NOBODY)
