"""Settings of a service's side of the bus."""

import msgspec


class BusSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Address and bounds. Times are in seconds.

    `pipeline_lanes` is one setting of the installation and only the first value counts: it is kept
    in each service's database and changed there by command, with the pipeline paused.
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
    event_log_days: int = 7
    inbox_days: int = 7
    watchdog_seconds: float = 60.0
