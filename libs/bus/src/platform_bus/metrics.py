"""Metrics of the bus, by consumer and queue; never by tenant or event."""

from prometheus_client import Counter, Gauge, Histogram

PUBLISHED = Counter("ventros_relay_published", "Events published", ["exchange"])
REFUSED = Counter("ventros_relay_refused", "Publishes that were refused or not confirmed")
OUTBOX_AGE = Gauge("ventros_outbox_oldest_seconds", "Age of the oldest row that waits")
OUTBOX_DEPTH = Gauge("ventros_outbox_rows", "Rows that wait (an estimate of the planner)")
HANDLED = Counter("ventros_consumer_handled", "Events handled", ["consumer"])
REPEATED = Counter("ventros_consumer_repeated", "Events that had been handled", ["consumer"])
UNKNOWN = Counter(
    "ventros_consumer_unknown", "Events of a type that nobody here reads", ["consumer"]
)
UNKNOWN_FIELDS = Counter(
    "ventros_consumer_unknown_fields",
    "Fields that nobody here knows, in the events that were looked at (one in a hundred)",
    ["consumer", "type"],
)
DEFERRED = Counter("ventros_consumer_deferred", "Failures kept for a retry", ["consumer"])
PARKED = Counter("ventros_consumer_parked", "Events parked for a person", ["consumer"])
DEAD = Counter("ventros_consumer_dead_lettered", "Messages that could not be read", ["consumer"])
BUNDLE = Histogram(
    "ventros_consumer_bundle_events",
    "Events per transaction",
    ["consumer"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200),
)
