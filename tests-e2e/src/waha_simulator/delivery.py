"""How WAHA delivers a webhook: its headers, its signature, its retries, and what may go wrong.

Pure: `posting.py` does the I/O. Source: WAHA's "Events" guide, sections HMAC and retries.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

DEFAULT_DELAY_SECONDS = 2.0
DEFAULT_ATTEMPTS = 15
MAX_ATTEMPTS = 100
_JITTER = 0.2


class Policy(StrEnum):
    """Spacing of the attempts: d,d,d… · d,2d,3d… · d,2d,4d… with a fifth of jitter."""

    CONSTANT = "constant"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"


class Hmac(Struct, frozen=True, kw_only=True):
    """With a key, bodies are signed."""

    key: str | None = None


class Retries(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=False):
    """`attempts` counts the attempts after the first one."""

    policy: Policy = Policy.CONSTANT
    delay_seconds: Annotated[float, Meta(ge=0, le=3600)] = DEFAULT_DELAY_SECONDS
    attempts: Annotated[int, Meta(ge=0, le=MAX_ATTEMPTS)] = DEFAULT_ATTEMPTS


class CustomHeader(Struct, frozen=True, kw_only=True):
    """A header of the receiver's choice."""

    name: str
    value: str


class Webhook(Struct, frozen=True, kw_only=True, rename="camel"):
    """One entry of a session's `config.webhooks`."""

    url: str
    events: tuple[str, ...]
    hmac: Hmac | None = None
    retries: Retries | None = None
    custom_headers: tuple[CustomHeader, ...] | None = None

    def wants(self, event: str) -> bool:
        """Whether the subscription covers `event`; `*` covers all."""
        return "*" in self.events or event in self.events


class Faults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong on the way to the receiver. Rates are shares of the deliveries, 0 to 1."""

    lose: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Never sent, as if WAHA had forgotten it (WAHA #1931, #2250)."""
    fail: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """The attempt breaks before the receiver sees it; the retry policy applies."""
    duplicate: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Posted twice at once, with the same body (WAHA #1384, #1784)."""
    delay_seconds: Annotated[float, Meta(ge=0, le=60)] = 0.0
    """Every delivery waits for up to this long, so that neighbours overtake (WAHA #1912)."""
    reorder: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Deliveries are held back until this many are there, then leave in random order."""
    engines: tuple[str, ...] = field(default=())
    """Only events of these engines are hit; empty means all."""


def sign(key: str, body: bytes) -> str:
    """`X-Webhook-Hmac`: hex HMAC-SHA512 of the raw body."""
    return hmac.new(key.encode(), body, hashlib.sha512).hexdigest()


def headers(
    webhook: Webhook, body: bytes, *, request_id: str, timestamp_ms: int
) -> Mapping[str, str]:
    """Every header of a delivery. The timestamp is outside of the signature."""
    named = {
        "Content-Type": "application/json",
        "X-Webhook-Request-Id": request_id,
        "X-Webhook-Timestamp": str(timestamp_ms),
    }
    if webhook.hmac is not None and webhook.hmac.key:
        named["X-Webhook-Hmac"] = sign(webhook.hmac.key, body)
        named["X-Webhook-Hmac-Algorithm"] = "sha512"
    for header in webhook.custom_headers or ():
        named[header.name] = header.value
    return named


def pauses(retries: Retries | None, jitter: Iterator[float]) -> Iterator[float]:
    """Seconds to wait before each further attempt. `jitter` gives numbers in [0, 1)."""
    plan = retries or Retries()
    for number in range(plan.attempts):
        match plan.policy:
            case Policy.CONSTANT:
                yield plan.delay_seconds
            case Policy.LINEAR:
                yield plan.delay_seconds * (number + 1)
            case Policy.EXPONENTIAL:
                yield plan.delay_seconds * 2**number * (1 + _JITTER * next(jitter))


def worth_retrying(status: int | None) -> bool:
    """No answer, 429 and 5xx are tried again; other answers are final."""
    return status is None or status == 429 or status >= 500
