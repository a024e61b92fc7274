from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from platform_cache import CacheSettings, make_client
from platform_cache.limits import RedisLimiter
from platform_testkit.own_valkey import OwnValkey


@pytest.fixture
async def limiter(redis_url: str) -> AsyncIterator[RedisLimiter]:
    client = make_client(CacheSettings(redis_url=redis_url, redis_timeout=5))
    limiter = RedisLimiter(client, timeout=5)
    yield limiter
    await limiter.close()
    await client.aclose()


@pytest.fixture
def key() -> str:
    """A key of this test's own."""
    return f"test:{uuid4()}"


@pytest.fixture
async def own_valkey() -> AsyncIterator[OwnValkey]:
    valkey = OwnValkey()
    await valkey.start()
    yield valkey
    valkey.stop()
