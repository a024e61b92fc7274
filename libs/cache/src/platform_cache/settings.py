"""Settings of a service's side of Redis."""

from typing import Annotated

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(gt=0)]


class CacheSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Address and bounds. Times are in seconds.

    `redis_timeout` is for one command, answer included: what is in Redis may be lost, so nobody
    should wait long for it.
    """

    redis_url: str
    redis_timeout: Seconds = 0.25
    redis_connect_timeout: Seconds = 1.0
    redis_max_connections: Annotated[int, Meta(ge=1)] = 16
