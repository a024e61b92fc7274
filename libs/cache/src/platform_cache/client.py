"""The one Redis client factory: bounded pool, deadlines, no hidden retries."""

from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from platform_cache.settings import CacheSettings

AWAY: Final = (RedisError, OSError, TimeoutError)
"""What a server that is away, stuck or of no use raises."""

Client = Redis
"""What `make_client` makes."""


class RedisAway(Exception):
    """Redis did not answer in time, or not in a way that helps."""


def make_client(settings: CacheSettings) -> Any:
    """A client that connects when it is first used and answers or raises within the deadlines.

    A command is tried once: the caller knows what to do without Redis, and knows it sooner.
    """
    pool: Any = BlockingConnectionPool.from_url(
        settings.redis_url,
        max_connections=settings.redis_max_connections,
        timeout=settings.redis_timeout,
        socket_timeout=settings.redis_timeout,
        socket_connect_timeout=settings.redis_connect_timeout,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        client_name="ventros",
        # Neither the maintenance push messages of a managed service nor a look at every reply.
        protocol=2,
    )
    return Redis(connection_pool=pool)
