"""Limits that all processes share: GCRA in one Lua script, one round trip.

Requests that come while a round trip is under way go together in the next one, so that a busy
process pays for few round trips and a quiet one waits for nobody.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from redis.exceptions import NoScriptError, ResponseError

from platform_cache.client import AWAY, RedisAway
from platform_cache.quota import Quota, Verdict, verdict

MAX_TOGETHER: Final = 64

# KEYS: all keys of all requests. ARGV: now in microseconds or "" for the server's time; then for
# each request the number of its keys, and for each of them interval and depth in microseconds.
# The answer: now, and for each key the arrival time and by how much it is too far. Numbers below
# 2^53 are exact in Lua; they are written with %.0f because tostring() would round them.
_SCRIPT: Final = """
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) * 1000000 + tonumber(t[2])
end
local answer = {string.format('%.0f', now)}
local key, arg = 1, 2
while key <= #KEYS do
  local count = tonumber(ARGV[arg])
  arg = arg + 1
  local after, far = {}, false
  for i = 0, count - 1 do
    local interval, depth = tonumber(ARGV[arg + 2 * i]), tonumber(ARGV[arg + 2 * i + 1])
    local arrival = tonumber(redis.call('GET', KEYS[key + i]) or '0')
    local then_ = math.max(arrival, now) + interval
    local over = math.max(0, then_ - now - depth)
    after[i] = then_
    far = far or over > 0
    answer[#answer + 1] = string.format('%.0f', then_)
    answer[#answer + 1] = string.format('%.0f', over)
  end
  if not far then
    for i = 0, count - 1 do
      local keep = math.ceil((after[i] - now) / 1000)
      redis.call('SET', KEYS[key + i], string.format('%.0f', after[i]),
        'PX', string.format('%.0f', keep))
    end
  end
  key, arg = key + count, arg + 2 * count
end
return answer
"""

Asked = Sequence[tuple[str, Quota]]
Batch = Sequence[tuple[Asked, int]]


class RedisLimiter:
    """Counts in Redis. Raises `RedisAway` where it cannot; what then holds is the caller's say."""

    def __init__(self, client: Any, *, timeout: float) -> None:
        self._client = client
        self._timeout = timeout
        self._hash = ""
        self._connection: Any = None
        self._waiting: list[tuple[Asked, int, asyncio.Future[Verdict]]] = []
        self._busy: asyncio.Task[None] | None = None

    async def take(self, asked: Asked, count: int = 1) -> Verdict:
        """Count so many requests against all of these keys, or none if one has not as many left.

        Raises:
            RedisAway: nothing is known; the request may have been counted.
        """
        done: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, count, done))
        if self._busy is None:
            self._busy = asyncio.create_task(self._work(), name="limits")
        return await done

    async def take_at(self, batch: Batch, now: int | None) -> list[Verdict]:
        """Count for several in one round trip, at `now` (microseconds since 1970).

        Raises:
            RedisAway
        """
        keys = [key for asked, _ in batch for key, _ in asked]
        args: list[str | int] = ["" if now is None else now]
        for asked, count in batch:
            args.append(len(asked))
            for _, quota in asked:
                args += (quota.interval * count, quota.depth)
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._run(keys, args)
        except AWAY as error:
            raise RedisAway(type(error).__name__) from error
        return _verdicts(batch, [int(number) for number in answer])

    async def close(self) -> None:
        """Refuse those that wait."""
        if self._busy is not None:
            self._busy.cancel()
            await asyncio.gather(self._busy, return_exceptions=True)
        for _, _, done in self._waiting:
            done.cancel()
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._client.connection_pool.release(connection)

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:MAX_TOGETHER]
                del self._waiting[:MAX_TOGETHER]
                await self._take_together(batch)
        finally:
            self._busy = None

    async def _take_together(self, batch: list[tuple[Asked, int, asyncio.Future[Verdict]]]) -> None:
        try:
            verdicts = await self.take_at([(asked, count) for asked, count, _ in batch], None)
        except BaseException as error:
            for _, _, done in batch:
                if not done.done():
                    done.set_exception(RedisAway(str(error)))
            if not isinstance(error, RedisAway):
                raise
            return
        for (_, _, done), found in zip(batch, verdicts, strict=True):
            if not done.done():
                done.set_result(found)

    async def _run(self, keys: list[str], args: list[str | int]) -> Any:
        if self._hash:
            try:
                return await self._command("EVALSHA", self._hash, len(keys), *keys, *args)
            except NoScriptError:
                # The server was started anew, or forgot.
                self._hash = ""
        self._hash = (await self._command("SCRIPT LOAD", _SCRIPT)).decode()
        return await self._command("EVALSHA", self._hash, len(keys), *keys, *args)

    async def _command(self, *words: str | int) -> Any:
        """One command on a connection that is kept: half the cost of asking the pool each time."""
        if self._connection is None:
            self._connection = await self._client.connection_pool.get_connection()
        connection = self._connection
        try:
            await connection.send_packed_command(
                connection.pack_command(*words), check_health=False
            )
            return await connection.read_response()
        except ResponseError:
            # An answer like any other: the connection is as good as before.
            raise
        except BaseException:
            # The answer may yet come, and would be taken for the next one's.
            self._connection = None
            await connection.disconnect(nowait=True)
            await self._client.connection_pool.release(connection)
            raise


def _verdicts(batch: Batch, numbers: list[int]) -> list[Verdict]:
    now, rest = numbers[0], numbers[1:]
    found: list[Verdict] = []
    for asked, _ in batch:
        keys = len(asked)
        mine, rest = rest[: 2 * keys], rest[2 * keys :]
        found.append(verdict(mine[0::2], mine[1::2], now, [quota for _, quota in asked]))
    return found
