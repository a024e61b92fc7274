"""What brought a contact: the advertisement or post behind a message."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from platform_core.ids import id_at
from proto_events.conversation import ChatMessage
from ventros_contacts.domain.contact import Contact

Source = Literal["meta_ads", "referral"]
Platform = Literal["instagram", "facebook", "whatsapp", "other"]

_PLATFORMS: Final[dict[str, Platform]] = {
    "instagram": "instagram",
    "facebook": "facebook",
    "whatsapp": "whatsapp",
}


class Tracking(msgspec.Struct, frozen=True, kw_only=True):
    """That a message of a contact came by an advertisement or a post, in the provider's words.

    `click_id` is Meta's `ctwa_clid`; `conversion_source` for example `ctwa_ad`; `title` and `body`
    are what the person saw.
    """

    id: UUID
    project_id: UUID
    contact_id: UUID
    message_id: UUID
    channel_id: UUID
    source: Source
    platform: Platform
    ad_id: str | None
    ad_url: str | None
    click_id: str | None
    conversion_source: str | None
    title: str | None
    body: str | None
    tracked_at: datetime


def tracking_of(message: ChatMessage, contact: Contact) -> Tracking | None:
    """What brought the contact, if this message of theirs says it.

    The id follows from the message's, so that each message is tracked once. A post that somebody
    wrote from is a referral; only an advertisement is one.
    """
    said = message.referral
    if said is None or message.from_me:
        return None
    advertised = said.ctwa_click_id is not None or said.source_type == "ad"
    return Tracking(
        id=id_at(message.occurred_at, "tracking", message.id.bytes),
        project_id=contact.project_id,
        contact_id=contact.id,
        message_id=message.id,
        channel_id=message.channel_id,
        source="meta_ads" if advertised else "referral",
        platform=_PLATFORMS.get((said.source_app or "").lower(), "other"),
        ad_id=said.source_id,
        ad_url=said.source_url,
        click_id=said.ctwa_click_id,
        conversion_source=said.conversion_source,
        title=said.title,
        body=said.body,
        tracked_at=message.occurred_at,
    )
