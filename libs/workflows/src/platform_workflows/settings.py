"""Where Temporal is, and the bounds of what a worker does at once."""

from typing import Annotated

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(gt=0)]
AtLeastOne = Annotated[int, Meta(ge=1)]


class TemporalSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A group of settings (`platform_core.settings`).

    `temporal_address` is `host:port`. The task queue is the service's own name unless one is
    given, for installations that share a namespace. Times are in seconds. The cache holds
    workflows between two of their tasks; one that fell out is replayed from its history.
    """

    temporal_address: str
    temporal_namespace: str = "default"
    temporal_task_queue: str | None = None
    temporal_connect_timeout: Seconds = 5.0
    temporal_rpc_timeout: Seconds = 5.0
    temporal_shutdown_timeout: Seconds = 10.0
    temporal_cached_workflows: AtLeastOne = 500
    temporal_concurrent_tasks: AtLeastOne = 16
    temporal_concurrent_activities: AtLeastOne = 16
