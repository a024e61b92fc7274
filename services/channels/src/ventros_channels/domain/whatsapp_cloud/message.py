"""A message of a post in our words."""

from datetime import datetime
from typing import Literal

from proto_events.conversation import MAX_TEXT, AdReferral, Content, ReplyTo
from ventros_channels.domain.message import Heard
from ventros_channels.domain.waha.members import LONG, JsonObject, child, text
from ventros_channels.domain.waha.message_id import MAX_STANZA
from ventros_channels.domain.whatsapp_cloud.content import read_contacts, read_content
from ventros_channels.domain.whatsapp_cloud.people import (
    Person,
    contact_of,
    name_of,
    person,
)
from ventros_channels.domain.whatsapp_cloud.post import Change

CHANNEL_TYPE: Literal["whatsapp_cloud"] = "whatsapp_cloud"

NO_MESSAGES = frozenset({"reaction", "revoke", "edit", "ephemeral", "request_welcome"})
"""Types that tell of another message, or of nothing that was said."""


def message_id(owner: JsonObject, *names: str) -> str | None:
    """The id of a message (`wamid…`), which is its stanza as well."""
    found = text(owner, *names, limit=MAX_STANZA + 1)
    return found if found is not None and len(found) <= MAX_STANZA else None


def writer(change: Change, message: JsonObject) -> Person | None:
    """Who wrote a message that came in."""
    phone, bsuid = message.get("from"), message.get("from_user_id")
    contact = contact_of(change.value, phone, bsuid)
    return person(phone or contact.get("wa_id"), bsuid or contact.get("user_id"))


def heard(change: Change, message: JsonObject, received_at: datetime) -> Heard | None:
    """A message of a person; None for what has no id, no writer, or is no message."""
    contact = contact_of(change.value, message.get("from"), message.get("from_user_id"))
    return _heard(
        change, message, writer(change, message), name_of(contact), received_at, from_me=False
    )


def echoed(change: Change, message: JsonObject, received_at: datetime) -> Heard | None:
    """A message that was written in the app on the company's phone."""
    other = person(message.get("to"), message.get("to_user_id"))
    return _heard(change, message, other, None, received_at, from_me=True)


def _heard(
    change: Change,
    message: JsonObject,
    other: Person | None,
    name: str | None,
    received_at: datetime,
    *,
    from_me: bool,
) -> Heard | None:
    stanza = message_id(message, "id")
    if stanza is None or other is None or text(message, "type") in NO_MESSAGES:
        return None
    return Heard(
        provider_message_id=stanza,
        stanza=stanza,
        chat=other.chat,
        participant="",
        from_me=from_me,
        party=other.party,
        push_name=name,
        source="app",
        occurred_at=change.at(message, received_at),
        content=content_of(message),
        reply_to=_reply(message),
        referral=_referral(message),
    )


def content_of(message: JsonObject) -> Content:
    """What it says."""
    if text(message, "type") == "contacts":
        return read_contacts(message)
    return read_content(message)


def _reply(message: JsonObject) -> ReplyTo | None:
    """The message that it answers; a forwarded one answers nothing."""
    stanza = message_id(child(message, "context"), "id")
    return None if stanza is None else ReplyTo(stanza=stanza)


def _referral(message: JsonObject) -> AdReferral | None:
    """The click-to-WhatsApp advertisement."""
    referral = child(message, "referral")
    if not referral:
        return None
    return AdReferral(
        source_type=text(referral, "source_type"),
        source_id=text(referral, "source_id"),
        source_url=text(referral, "source_url", limit=LONG),
        title=text(referral, "headline", limit=LONG),
        body=text(referral, "body", limit=MAX_TEXT),
        ctwa_click_id=text(referral, "ctwa_clid", limit=LONG),
    )
