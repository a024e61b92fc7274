"""Settings of a service's side of the bus."""

from typing import Annotated

import msgspec
from msgspec import Meta

HISTORY_SLACK_DAYS = 2
"""A partition goes as a whole, and so does a segment: what it holds outlasts its days by these."""

HistoryDays = Annotated[int, Meta(ge=1, le=28 - HISTORY_SLACK_DAYS)]
"""How long what was said can be read again. Both the log and the stream hold what people wrote,
and nothing reaches into them to scrub it: it has to run out by itself before an erasure must be
done, within one month of being asked (GDPR, article 12(3)). The shortest month has 28 days."""


class BusSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Address and bounds. Times are in seconds.

    `pipeline_lanes` is one setting of the installation and only the first value counts: it is kept
    in each service's database and changed there by command, with the pipeline paused.

    `event_log_days` and `event_stream_*` bound what can be read again, in the database and in the
    broker's stream; without `event_stream` the relay makes no stream. `inbox_days` must outlast
    both, or an event that comes again from there would be handled again.
    """

    amqp_url: str
    pipeline_lanes: int = 4
    amqp_connect_timeout: float = 5.0
    confirm_timeout: float = 5.0
    relay_batch: int = 500
    relay_linger: float = 0.02
    relay_poll: float = 1.0
    bundle_events: int = 100
    bundle_bytes: int = 262_144
    consumer_prefetch: int = 32
    consumer_batch: int = 100
    lane_queue_length: int = 500
    lease_seconds: float = 6.0
    ordered_attempts: int = 5
    event_log_days: HistoryDays = 7
    event_stream: bool = True
    event_stream_days: HistoryDays = 7
    event_stream_bytes: Annotated[int, Meta(ge=1_000_000)] = 1_073_741_824
    event_stream_segment_bytes: Annotated[int, Meta(ge=65_536, le=67_108_864)] = 2_097_152
    inbox_days: int = 9
    watchdog_seconds: float = 60.0

    def __post_init__(self) -> None:
        needed = max(self.event_log_days, self.event_stream_days) + HISTORY_SLACK_DAYS
        if self.inbox_days < needed:
            raise ValueError(
                f"inbox_days must be at least {needed}: two days more than the event log and stream"
            )
