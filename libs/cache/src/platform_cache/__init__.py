"""Redis holds what may be lost. A client with bounds and deadlines, and limits of requests."""

from platform_cache.client import RedisAway, make_client
from platform_cache.quota import Quota, Verdict
from platform_cache.settings import CacheSettings

__all__ = ["CacheSettings", "Quota", "RedisAway", "Verdict", "make_client"]
