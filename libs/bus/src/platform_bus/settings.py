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

    amqp_url: Annotated[str, Meta(description="RabbitMQ, with the virtual host.")]
    pipeline_lanes: Annotated[
        int,
        Meta(description="Lanes of the pipeline at the first start; `ventros lanes` changes it."),
    ] = 4
    amqp_connect_timeout: Annotated[float, Meta(description="Seconds to open a connection.")] = 5.0
    confirm_timeout: Annotated[
        float, Meta(description="Seconds that the broker may take to confirm what was published.")
    ] = 5.0
    relay_batch: Annotated[int, Meta(description="Events that the relay publishes at once.")] = 500
    relay_linger: Annotated[
        float,
        Meta(description="Seconds that the relay waits for more events to go with the first."),
    ] = 0.02
    relay_poll: Annotated[
        float, Meta(description="Seconds between looks into the outbox when nobody rings.")
    ] = 1.0
    bundle_events: Annotated[
        int, Meta(description="Events in one message of the pipeline at most.")
    ] = 100
    bundle_bytes: Annotated[
        int, Meta(description="Bytes in one message of the pipeline at most.")
    ] = 262_144
    consumer_prefetch: Annotated[
        int, Meta(description="Messages that a consumer holds unacknowledged.")
    ] = 32
    consumer_batch: Annotated[
        int, Meta(description="Events that a consumer handles in one transaction.")
    ] = 100
    lane_queue_length: Annotated[
        int, Meta(description="Messages that a lane's queue takes before the relay waits.")
    ] = 500
    lease_seconds: Annotated[
        float, Meta(description="Seconds after which a lane of a dead process is taken over.")
    ] = 6.0
    ordered_attempts: Annotated[
        int, Meta(description="Attempts at an event of an ordered consumer before it is parked.")
    ] = 5
    event_log_days: Annotated[
        HistoryDays, Meta(description="Days that published events stay in the database.")
    ] = 7
    event_stream: Annotated[
        bool, Meta(description="Whether the domain events are kept in a stream of the broker.")
    ] = True
    event_stream_days: Annotated[
        HistoryDays, Meta(description="Days that the stream goes back.")
    ] = 7
    event_stream_bytes: Annotated[
        int, Meta(ge=1_000_000, description="Bytes that the stream may grow to.")
    ] = 1_073_741_824
    event_stream_segment_bytes: Annotated[
        int,
        Meta(
            ge=65_536,
            le=67_108_864,
            description="Bytes of one segment of the stream; it goes as a whole.",
        ),
    ] = 2_097_152
    inbox_days: Annotated[
        int,
        Meta(
            description="Days that handled events are remembered; more than the log and the stream."
        ),
    ] = 9
    watchdog_seconds: Annotated[
        float,
        Meta(description="Seconds that the loops may be unwell before the process ends itself."),
    ] = 60.0

    def __post_init__(self) -> None:
        needed = max(self.event_log_days, self.event_stream_days) + HISTORY_SLACK_DAYS
        if self.inbox_days < needed:
            raise ValueError(
                f"inbox_days must be at least {needed}: two days more than the event log and stream"
            )
