"""Facts of usage meters: how much of something an account used in a period.

Quantities count the metric's own unit: messages for `messages_sent`, tokens for `ai_tokens`.
"""

from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment


@event(
    "billing.usage_meter.created",
    aggregate="billing.usage_meter",
    producer="billing",
    data_class="none",
)
class UsageMeterCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A billing account has a meter for one metric; Stripe knows it by `meter_event_name`."""

    meter_id: UUID
    billing_account_id: UUID
    metric_name: str
    meter_event_name: str


@event(
    "billing.usage.incremented",
    aggregate="billing.usage",
    producer="billing",
    data_class="none",
)
class UsageIncremented(msgspec.Struct, frozen=True, kw_only=True):
    """A meter rose by `quantity`; `total_quantity` is its reading since the period began."""

    meter_id: UUID
    metric_name: str
    quantity: int
    total_quantity: int


@event(
    "billing.usage.reported",
    aggregate="billing.usage",
    producer="billing",
    data_class="none",
)
class UsageReported(msgspec.Struct, frozen=True, kw_only=True):
    """Stripe was told of usage: `quantity` is what came since the last report, not the total."""

    meter_id: UUID
    metric_name: str
    quantity: int


@event(
    "billing.usage.period_reset",
    aggregate="billing.usage",
    producer="billing",
    data_class="none",
)
class UsagePeriodReset(msgspec.Struct, frozen=True, kw_only=True):
    """A period ended with the reading `old_quantity`, and the meter starts again from 0.

    `new_period_end` is no longer part of the new period.
    """

    meter_id: UUID
    metric_name: str
    old_quantity: int
    new_period_start: Moment
    new_period_end: Moment
