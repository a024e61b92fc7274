"""From an API key to its caller: identity is asked, and the answer is remembered.

A key that was good is taken at its word for a minute, then asked about while the old answer serves,
for ten minutes at most when identity is away. That it was revoked or may do something else is heard
as every revocation is, within a second: whatever was asked before is then asked anew.

Of a key, the id and the SHA-256 of its secret are kept here, never its text. All memories are
bounded, and wrong keys are remembered apart from good ones.
"""

import asyncio
import contextlib
import math
import time
from datetime import datetime
from typing import Final, Literal, TypeVar
from uuid import UUID

import aiohttp
import msgspec

from platform_auth.api_keys import GivenKey, read
from platform_auth.errors import TokenExpired, TokenInvalid, TokenRevoked
from platform_auth.internal import InternalTokenIssuer
from platform_auth.principal import Principal
from platform_auth.scopes import granted
from platform_core.errors import DomainError, Forbidden, Unavailable
from platform_telemetry import counter, get_logger
from ventros_gateway.addresses import neighbourhood
from ventros_gateway.callers import Caller, renew
from ventros_gateway.limits import Limits, RateLimited
from ventros_gateway.revocations import DenyMap
from ventros_gateway.route_classes import RouteClass
from ventros_gateway.upstream import Upstream

log = get_logger(__name__)

FRESH_SECONDS: Final = 60.0
OLDEST_SECONDS: Final = 600.0
REFUSED_SECONDS: Final = 10.0
ASK_SECONDS: Final = 2.0
# After identity did not answer, nobody asks for so long.
REST_SECONDS: Final = 1.0
MAX_REMEMBERED: Final = 8192
MAX_ASKING: Final = 256
# What is asked while a revocation comes in has to be asked again.
ATTEMPTS: Final = 3

Verdict = Literal["good", "unknown", "revoked", "expired", "project_inactive"]

K = TypeVar("K")
V = TypeVar("V")

_asked = counter("gateway_api_keys_asked", "Keys that identity was asked about", ("verdict",))


class ProjectInactive(Forbidden):
    """The project that the key leads to was switched off or deleted."""

    code = "project_inactive"


class _Key(msgspec.Struct, frozen=True, kw_only=True):
    tenant_id: UUID
    project_id: UUID
    scopes: list[str]
    expires_at: datetime | None
    version: int


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    verdict: Verdict
    key: _Key | None = None


class ApiKeys:
    """A supervised part that knows which keys are good."""

    name = "api_keys"

    def __init__(
        self,
        upstream: Upstream,
        identity_url: str,
        internal: InternalTokenIssuer,
        denied: DenyMap,
        limits: Limits,
        guesses: RouteClass,
    ) -> None:
        """`guesses` says how many wrong keys an address may show."""
        self._upstream = upstream
        self._url = identity_url.rstrip("/") + "/internal/api-keys/verify"
        self._internal = internal
        self._denied = denied
        self._limits = limits
        self._guesses = guesses
        self._good: dict[GivenKey, tuple[Caller, int]] = {}
        self._refused: dict[GivenKey, tuple[Verdict, float]] = {}
        self._blocked: dict[str, float] = {}
        self._asking: dict[GivenKey, asyncio.Task[Caller | Verdict | None]] = {}
        self._away_until = float("-inf")

    @property
    def ready(self) -> bool:
        """Always: what is remembered serves without identity."""
        return True

    async def start(self) -> None:
        """Nothing is asked before a key comes."""

    async def stop(self) -> None:
        """Ask no more."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*asking, return_exceptions=True)

    async def of(self, text: str, address: str) -> Caller:
        """The caller that a key from this address speaks for.

        Raises:
            TokenInvalid, TokenExpired, TokenRevoked, ProjectInactive: the key is not good.
            RateLimited: the address has shown too many wrong keys.
            Unavailable: identity is away, and the key is not remembered.
        """
        given = read(text)
        if given is None:
            raise TokenInvalid("The API key is cut or mistyped.")
        caller = self._remembered(given, address)
        if caller is None:
            caller = await self._asked_now(given, address)
        if time.time() >= caller.expires_at:
            raise TokenExpired("The API key has expired.")
        renew(caller, self._internal)
        return caller

    def _remembered(self, given: GivenKey, address: str) -> Caller | None:
        known = self._good.get(given)
        if known is None:
            return None
        caller, now = known[0], time.monotonic()
        if now - caller.issued_at >= OLDEST_SECONDS or self._denied.denies(caller):
            del self._good[given]
            return None
        if now - caller.issued_at >= FRESH_SECONDS and now >= self._away_until:
            with contextlib.suppress(Unavailable):
                self._ask_once(given, address)
        return caller

    async def _asked_now(self, given: GivenKey, address: str) -> Caller:
        now = time.monotonic()
        verdict, until = self._refused.get(given, ("good", 0.0))
        if now < until:
            raise _refusal(verdict)
        wait = self._blocked.get(neighbourhood(address), now) - now
        if wait > 0:
            retry_after = str(math.ceil(wait)).encode()
            raise RateLimited("Too many wrong API keys.", [(b"retry-after", retry_after)])
        for _ in range(ATTEMPTS):
            if time.monotonic() < self._away_until:
                break
            # Whoever gives up waiting does not end it for the others.
            found = await asyncio.shield(self._ask_once(given, address))
            if isinstance(found, str):
                raise _refusal(found)
            if found is not None and not self._denied.denies(found):
                return found
        raise _away()

    def _ask_once(self, given: GivenKey, address: str) -> asyncio.Task[Caller | Verdict | None]:
        """The question that is under way, or a new one: however many come with a key, one asks."""
        task = self._asking.get(given)
        if task is None:
            if len(self._asking) >= MAX_ASKING:
                raise _away()
            task = asyncio.create_task(self._ask(given, address), name="api_key")
            self._asking[given] = task
            task.add_done_callback(lambda _: self._asking.pop(given, None))
        return task

    async def _ask(self, given: GivenKey, address: str) -> Caller | Verdict | None:
        """A caller, why not, or None while identity is away; remembered either way."""
        asked_at = time.monotonic()
        try:
            said = await self._say(given, address)
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError) as error:
            log.warning("api_key_not_asked", error=type(error).__name__)
            _asked.labels("away").inc()
            self._away_until = time.monotonic() + REST_SECONDS
            return None
        _asked.labels(said.verdict).inc()
        if said.key is not None:
            return self._remember(given, said.key, asked_at)
        self._good.pop(given, None)
        _bound(self._refused)
        self._refused[given] = (said.verdict, time.monotonic() + REFUSED_SECONDS)
        if said.verdict == "unknown":
            await self._count_guess(neighbourhood(address))
        return said.verdict

    async def _say(self, given: GivenKey, address: str) -> _Said:
        question = {
            "id": str(given.id),
            "secret_sha256": given.secret_hash.hex(),
            "address": address[:64] or None,
        }
        async with asyncio.timeout(ASK_SECONDS):
            async with self._upstream.session.post(self._url, json=question) as answer:
                answer.raise_for_status()
                return msgspec.json.decode(await answer.read(), type=_Said)

    def _remember(self, given: GivenKey, key: _Key, asked_at: float) -> Caller:
        known = self._good.get(given)
        if known is not None and known[1] == key.version:
            known[0].issued_at = asked_at
            return known[0]
        principal = Principal(
            tenant_id=key.tenant_id,
            project_id=key.project_id,
            subject=given.id,
            kind="api_key",
            role=None,
            permissions=granted(key.scopes),
        )
        ends = math.inf if key.expires_at is None else key.expires_at.timestamp()
        caller = Caller(principal, issued_at=asked_at, expires_at=ends)
        _bound(self._good)
        self._good[given] = (caller, key.version)
        self._refused.pop(given, None)
        return caller

    async def _count_guess(self, address: str) -> None:
        """Keys that are remembered as good go on from an address that has to wait."""
        try:
            await self._limits.of_address(self._guesses, address, None)
        except RateLimited as limited:
            wait = int(dict(limited.headers)[b"retry-after"])
            _bound(self._blocked)
            self._blocked[address] = time.monotonic() + wait


def _bound(memory: dict[K, V]) -> None:
    """Make room: the oldest goes."""
    while len(memory) >= MAX_REMEMBERED:
        del memory[next(iter(memory))]


def _away() -> Unavailable:
    away = Unavailable("API keys cannot be checked right now.", code="api_keys_unavailable")
    away.retry_after = REST_SECONDS
    return away


def _refusal(verdict: str) -> DomainError:
    if verdict == "revoked":
        return TokenRevoked("This API key was revoked.")
    if verdict == "expired":
        return TokenExpired("The API key has expired.")
    if verdict == "project_inactive":
        return ProjectInactive("The project of this API key is not active.")
    return TokenInvalid("The API key is not valid.")
