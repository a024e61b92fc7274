"""Settings of a service's side of Redis."""

from typing import Annotated

import msgspec
from msgspec import Meta


class CacheSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Address and bounds."""

    redis_url: Annotated[str, Meta(description="Redis or Valkey, `redis://…` or `rediss://…`.")]
    redis_timeout: Annotated[
        float,
        Meta(
            gt=0,
            description="Seconds for one command, answer included. What is in Redis may be lost, "
            "so nobody should wait long for it.",
        ),
    ] = 0.25
    redis_connect_timeout: Annotated[
        float, Meta(gt=0, description="Seconds to make a connection.")
    ] = 1.0
    redis_max_connections: Annotated[
        int, Meta(ge=1, description="Connections of one process at most.")
    ] = 16
