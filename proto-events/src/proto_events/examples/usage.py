"""Examples: the meter of messages that the shop sends, over its first paid month."""

from typing import Final

from proto_events.examples.world import (
    BILLING_ACCOUNT,
    METER,
    METRIC,
    PERIOD_END,
    at,
)
from proto_events.usage import (
    UsageIncremented,
    UsageMeterCreated,
    UsagePeriodReset,
    UsageReported,
)

EXAMPLES: Final = (
    UsageMeterCreated(
        meter_id=METER,
        billing_account_id=BILLING_ACCOUNT,
        metric_name=METRIC,
        meter_event_name="ventros_messages_sent",
    ),
    UsageIncremented(meter_id=METER, metric_name=METRIC, quantity=20, total_quantity=1_318),
    UsageReported(meter_id=METER, metric_name=METRIC, quantity=318),
    UsagePeriodReset(
        meter_id=METER,
        metric_name=METRIC,
        old_quantity=4_207,
        new_period_start=PERIOD_END,
        new_period_end=at(12, days=75),
    ),
)
