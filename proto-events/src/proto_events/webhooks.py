"""Facts of webhook subscriptions: where a project has its events sent, and what did not get there.

No secret is in them: neither the signing key nor the headers, and of the address only the host,
because its path or its query may be a key.
"""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.timeline import ContactEventCategory
from proto_events.times import Moment

DisableReason = Literal["manual", "endpoint_gone", "endpoint_failing"]

DeliveryFailure = Literal["http_status", "timeout", "connection", "tls", "address_refused"]


class _WebhookSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as it now is, without its secrets."""

    webhook_subscription_id: UUID
    user_id: UUID
    name: str
    host: str
    subscribe_contact_events: bool
    contact_event_types: list[str]
    contact_event_categories: list[ContactEventCategory]
    active: bool
    retry_count: int
    timeout_seconds: float


@event(
    "webhook_subscription.created",
    aggregate="webhook_subscription",
    producer="automation",
    data_class="none",
)
class WebhookSubscriptionCreated(_WebhookSubscription, frozen=True, kw_only=True):
    """An address outside was subscribed to events of a project, by the user `user_id`.

    The two lists narrow which entries of contacts' timelines are sent; an empty one does not
    narrow. An attempt has `timeout_seconds` for its answer; a delivery has at most `retry_count`
    attempts after its first. Nothing is sent while it is not `active`.
    """

    created_at: Moment


@event(
    "webhook_subscription.updated",
    aggregate="webhook_subscription",
    producer="automation",
    data_class="none",
)
class WebhookSubscriptionUpdated(_WebhookSubscription, frozen=True, kw_only=True):
    """A subscription was changed or enabled again; all of it as it now is, as when it was created.

    Also told when only the rest of its address, its headers or its signing key changed, none of
    which it shows.
    """

    updated_at: Moment


@event(
    "webhook_subscription.deleted",
    aggregate="webhook_subscription",
    producer="automation",
    data_class="none",
)
class WebhookSubscriptionDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription was deleted; deliveries that were still to be tried again are dropped."""

    webhook_subscription_id: UUID
    deleted_at: Moment


@event(
    "webhook_subscription.disabled",
    aggregate="webhook_subscription",
    producer="automation",
    data_class="none",
)
class WebhookSubscriptionDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is sent to a subscription until a person enables it again.

    `endpoint_gone`: it answered 410. `endpoint_failing`: for five days every delivery failed.
    `manual`: a person switched it off, whom `disabled_by` names; else it is missing.
    """

    webhook_subscription_id: UUID
    reason: DisableReason
    disabled_by: UUID | None = None
    disabled_at: Moment


@event(
    "webhook_delivery.failed",
    aggregate="webhook_delivery",
    producer="automation",
    data_class="none",
)
class WebhookDeliveryFailed(msgspec.Struct, frozen=True, kw_only=True):
    """An event did not reach a subscription and is not tried again by itself; it can be replayed.

    `webhook_delivery_id` is what the endpoint sees as `webhook-id`, the same at every attempt.
    `attempts` counts the first one too. `failure` and `status_code` are of the last attempt; the
    latter is missing where no answer came.
    """

    webhook_delivery_id: UUID
    webhook_subscription_id: UUID
    event_id: UUID
    event_type: str
    attempts: int
    failure: DeliveryFailure
    status_code: int | None = None
    first_attempted_at: Moment
    failed_at: Moment
