"""Facts of subscriptions: what an account pays for, period by period, as Stripe bills it."""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment

SubscriptionStatus = Literal[
    "trialing",
    "active",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "canceled",
    "unpaid",
    "paused",
]
"""Stripe's words: https://docs.stripe.com/api/subscriptions/object#subscription_object-status"""


@event(
    "billing.subscription.created",
    aggregate="billing.subscription",
    producer="billing",
    data_class="none",
)
class SubscriptionCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A billing account subscribed to a price."""

    subscription_id: UUID
    billing_account_id: UUID
    stripe_subscription_id: str
    stripe_price_id: str
    status: SubscriptionStatus


@event(
    "billing.subscription.status_changed",
    aggregate="billing.subscription",
    producer="billing",
    data_class="none",
)
class SubscriptionStatusChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription has another status. Told beside the events of trials and cancellations."""

    subscription_id: UUID
    old_status: SubscriptionStatus
    new_status: SubscriptionStatus


@event(
    "billing.subscription.period_updated",
    aggregate="billing.subscription",
    producer="billing",
    data_class="none",
)
class SubscriptionPeriodUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription's current period is now this one; `period_end` is no longer part of it."""

    subscription_id: UUID
    period_start: Moment
    period_end: Moment


@event(
    "billing.subscription.price_changed",
    aggregate="billing.subscription",
    producer="billing",
    data_class="none",
)
class SubscriptionPriceChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription moved to another price. Both ids are Stripe's."""

    subscription_id: UUID
    old_price_id: str
    new_price_id: str


@event(
    "billing.subscription.trial_started",
    aggregate="billing.subscription",
    producer="billing",
    data_class="none",
)
class SubscriptionTrialStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription is on trial: nothing is charged before `trial_end`."""

    subscription_id: UUID
    trial_end: Moment


@event(
    "billing.subscription.cancel_scheduled",
    aggregate="billing.subscription",
    producer="billing",
    data_class="none",
)
class SubscriptionCancelScheduled(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription will be cancelled at `cancel_at`; it can be used and kept until then."""

    subscription_id: UUID
    cancel_at: Moment


@event(
    "billing.subscription.canceled",
    aggregate="billing.subscription",
    producer="billing",
    data_class="none",
)
class SubscriptionCanceled(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription came to its end."""

    subscription_id: UUID


@event(
    "billing.subscription.reactivated",
    aggregate="billing.subscription",
    producer="billing",
    data_class="none",
)
class SubscriptionReactivated(msgspec.Struct, frozen=True, kw_only=True):
    """A cancellation that was scheduled was called off: the subscription goes on."""

    subscription_id: UUID
