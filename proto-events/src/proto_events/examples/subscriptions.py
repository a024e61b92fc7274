"""Examples: the shop's subscription, from its trial to its end."""

from typing import Final

from proto_events.examples.world import (
    BILLING_ACCOUNT,
    PERIOD_END,
    STRIPE_LARGER_PRICE,
    STRIPE_PRICE,
    STRIPE_SUBSCRIPTION,
    SUBSCRIPTION,
    TRIAL_END,
)
from proto_events.subscriptions import (
    SubscriptionCanceled,
    SubscriptionCancelScheduled,
    SubscriptionCreated,
    SubscriptionPeriodUpdated,
    SubscriptionPriceChanged,
    SubscriptionReactivated,
    SubscriptionStatusChanged,
    SubscriptionTrialStarted,
)

EXAMPLES: Final = (
    SubscriptionCreated(
        subscription_id=SUBSCRIPTION,
        billing_account_id=BILLING_ACCOUNT,
        stripe_subscription_id=STRIPE_SUBSCRIPTION,
        stripe_price_id=STRIPE_PRICE,
        status="trialing",
    ),
    SubscriptionTrialStarted(subscription_id=SUBSCRIPTION, trial_end=TRIAL_END),
    SubscriptionStatusChanged(
        subscription_id=SUBSCRIPTION, old_status="trialing", new_status="active"
    ),
    SubscriptionPeriodUpdated(
        subscription_id=SUBSCRIPTION, period_start=TRIAL_END, period_end=PERIOD_END
    ),
    SubscriptionPriceChanged(
        subscription_id=SUBSCRIPTION,
        old_price_id=STRIPE_PRICE,
        new_price_id=STRIPE_LARGER_PRICE,
    ),
    SubscriptionCancelScheduled(subscription_id=SUBSCRIPTION, cancel_at=PERIOD_END),
    SubscriptionReactivated(subscription_id=SUBSCRIPTION),
    SubscriptionCanceled(subscription_id=SUBSCRIPTION),
)
