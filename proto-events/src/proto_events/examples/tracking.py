"""Examples of `proto_events.tracking`: Ana came by an advertisement on Instagram."""

from typing import Final

from proto_events.examples.world import (
    AD_ID,
    AD_URL,
    ANA,
    ANA_ASKED_AT,
    CTWA_CLICK_ID,
    SESSION,
    TRACKING,
    at,
)
from proto_events.tracking import (
    TrackingChanges,
    TrackingCreated,
    TrackingEnriched,
    TrackingMessageMetaAds,
)

_CONVERSION_DATA: Final = "bWVzYXMtZGUtamFudGFyLW1hcmNvLTIwMjY="

EXAMPLES: Final = (
    TrackingCreated(
        tracking_id=TRACKING,
        contact_id=ANA,
        session_id=SESSION,
        source="meta_ads",
        platform="instagram",
        created_at=at(12, 0, 2),
    ),
    TrackingEnriched(
        tracking_id=TRACKING,
        contact_id=ANA,
        changes=TrackingChanges(
            source="meta_ads",
            platform="instagram",
            campaign="Mesas de jantar, março de 2026",
            ad_id=AD_ID,
            ad_url=AD_URL,
            click_id=CTWA_CLICK_ID,
            conversion_data=_CONVERSION_DATA,
            utm_source="instagram",
            utm_medium="paid-social",
            utm_campaign="mesas-marco-2026",
            utm_term="mesa de jantar",
            utm_content="carrossel",
            metadata={"adset": "São Paulo, 30 a 55 anos"},
        ),
        enriched_at=at(12, 1),
    ),
    TrackingMessageMetaAds(
        tracking_id=TRACKING,
        contact_id=ANA,
        session_id=SESSION,
        conversion_source="ctwa_ad",
        conversion_app="instagram",
        ad_source_type="ad",
        ad_source_id=AD_ID,
        ad_source_app="instagram",
        ad_source_url=AD_URL,
        ctwa_click_id=CTWA_CLICK_ID,
        conversion_data=_CONVERSION_DATA,
        external_source="newsletter",
        external_medium="email",
        tracked_at=ANA_ASKED_AT,
    ),
)
