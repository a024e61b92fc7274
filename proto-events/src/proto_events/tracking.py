"""Facts of tracking: which advertisement, campaign or link brought a contact."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.conversation import JsonValue, Value
from proto_events.registry import event
from proto_events.times import Moment

TrackingSource = Literal[
    "meta_ads",
    "google_ads",
    "tiktok_ads",
    "linkedin",
    "organic",
    "direct",
    "referral",
    "other",
]
TrackingPlatform = Literal[
    "instagram", "facebook", "google", "tiktok", "linkedin", "whatsapp", "other"
]


@event(
    "tracking.created",
    aggregate="tracking",
    producer="contacts",
    data_class="none",
    person="contact_id",
)
class TrackingCreated(msgspec.Struct, frozen=True, kw_only=True):
    """It is known where a contact came from. A missing `session_id`: it came outside a session."""

    tracking_id: UUID
    contact_id: UUID
    session_id: UUID | None = None
    source: TrackingSource
    platform: TrackingPlatform
    created_at: Moment


class TrackingChanges(Value, frozen=True, kw_only=True):
    """The members of a tracking that have a new value; those that kept theirs are missing.

    `utm_*` are as the link carried them: links of others keep to no standard. `conversion_data`
    is the provider's own, opaque.
    """

    source: TrackingSource | None = None
    platform: TrackingPlatform | None = None
    campaign: str | None = None
    ad_id: str | None = None
    ad_url: str | None = None
    click_id: str | None = None
    conversion_data: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    metadata: dict[str, JsonValue] | None = None


@event(
    "tracking.enriched",
    aggregate="tracking",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class TrackingEnriched(msgspec.Struct, frozen=True, kw_only=True):
    """More is known of where a contact came from, for example the campaign of its advertisement."""

    tracking_id: UUID
    contact_id: UUID
    changes: TrackingChanges
    enriched_at: Moment


@event(
    "tracking.message.meta_ads",
    aggregate="tracking",
    producer="contacts",
    data_class="personal",
    person="contact_id",
)
class TrackingMessageMetaAds(msgspec.Struct, frozen=True, kw_only=True):
    """A contact's message came by an advertisement at Meta (click to WhatsApp).

    Members are as WhatsApp told them, missing where it did not: `conversion_source` for example
    `ctwa_ad`, `conversion_app` for example `instagram`, `conversion_data` opaque in base64.
    `ctwa_click_id` is what Meta's Conversions API asks for. `external_source` and
    `external_medium` name a place outside Meta that led to the advertisement. A missing
    `session_id`: the message was not yet in a session.
    """

    tracking_id: UUID
    contact_id: UUID
    session_id: UUID | None = None
    conversion_source: str | None = None
    conversion_app: str | None = None
    ad_source_type: str | None = None
    ad_source_id: str | None = None
    ad_source_app: str | None = None
    ad_source_url: str | None = None
    ctwa_click_id: str | None = None
    conversion_data: str | None = None
    external_source: str | None = None
    external_medium: str | None = None
    tracked_at: Moment
