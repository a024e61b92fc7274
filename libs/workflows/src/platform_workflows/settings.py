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

    temporal_address: Annotated[str, Meta(description="Temporal, `host:port`.")]
    temporal_namespace: Annotated[str, Meta(description="The namespace of this installation.")] = (
        "default"
    )
    temporal_task_queue: Annotated[
        str | None, Meta(description="The task queue; the service's name when it is not given.")
    ] = None
    temporal_connect_timeout: Annotated[Seconds, Meta(description="Seconds to connect.")] = 5.0
    temporal_rpc_timeout: Annotated[Seconds, Meta(description="Seconds that a call may take.")] = (
        5.0
    )
    temporal_shutdown_timeout: Annotated[
        Seconds, Meta(description="Seconds that activities may take to end when the process stops.")
    ] = 10.0
    temporal_cached_workflows: Annotated[
        AtLeastOne, Meta(description="Workflows held in memory between two of their tasks.")
    ] = 500
    temporal_concurrent_tasks: Annotated[
        AtLeastOne, Meta(description="Workflow tasks at once.")
    ] = 16
    temporal_concurrent_activities: Annotated[
        AtLeastOne, Meta(description="Activities at once.")
    ] = 16
