"""Examples: the shop's stock system listens, is down for a day, and is switched off."""

from typing import Final

from proto_events.examples.world import (
    ADMIN_USER,
    DELIVERED_EVENT,
    WEBHOOK_DELIVERY,
    WEBHOOK_SUBSCRIPTION,
    at,
)
from proto_events.webhooks import (
    WebhookDeliveryFailed,
    WebhookSubscriptionCreated,
    WebhookSubscriptionDeleted,
    WebhookSubscriptionDisabled,
    WebhookSubscriptionUpdated,
)

EXAMPLES: Final = (
    WebhookSubscriptionCreated(
        webhook_subscription_id=WEBHOOK_SUBSCRIPTION,
        user_id=ADMIN_USER,
        name="Estoque da Aurora",
        host="stock.example.com",
        subscribe_contact_events=True,
        contact_event_types=["contact.status_changed"],
        contact_event_categories=["pipeline"],
        active=True,
        retry_count=7,
        timeout_seconds=15.0,
        created_at=at(11, 30),
    ),
    WebhookSubscriptionUpdated(
        webhook_subscription_id=WEBHOOK_SUBSCRIPTION,
        user_id=ADMIN_USER,
        name="Estoque da Aurora",
        host="stock.example.com",
        subscribe_contact_events=True,
        contact_event_types=["contact.status_changed", "contact.tag_added"],
        contact_event_categories=["pipeline", "tag"],
        active=True,
        retry_count=7,
        timeout_seconds=10.0,
        updated_at=at(11, 52),
    ),
    WebhookDeliveryFailed(
        webhook_delivery_id=WEBHOOK_DELIVERY,
        webhook_subscription_id=WEBHOOK_SUBSCRIPTION,
        event_id=DELIVERED_EVENT,
        event_type="contact.status_changed.v1",
        attempts=8,
        failure="http_status",
        status_code=503,
        first_attempted_at=at(13, 5, days=8),
        failed_at=at(16, 42, days=9),
    ),
    WebhookSubscriptionDisabled(
        webhook_subscription_id=WEBHOOK_SUBSCRIPTION,
        reason="manual",
        disabled_by=ADMIN_USER,
        disabled_at=at(18, 10, days=9),
    ),
    WebhookSubscriptionDeleted(
        webhook_subscription_id=WEBHOOK_SUBSCRIPTION, deleted_at=at(12, 15, days=30)
    ),
)
