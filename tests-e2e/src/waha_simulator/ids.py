"""Identifiers as WAHA and WhatsApp make them; the same ones again when seeded."""

import itertools
import random
import secrets
import time
from collections.abc import Callable

CROCKFORD_LOWER = "0123456789abcdefghjkmnpqrstvwxyz"
ULID_LENGTH = 26
_RANDOM_BITS = 80
_SEEDED_EPOCH_MS = 1_783_000_000_000


def wall_clock_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def ulid_lower(timestamp_ms: int, randomness: int) -> str:
    """A ULID (48 bits of time, 80 of chance) in lower case, as WAHA writes it."""
    number = (timestamp_ms << _RANDOM_BITS) | randomness
    return "".join(
        CROCKFORD_LOWER[(number >> (5 * position)) & 31]
        for position in reversed(range(ULID_LENGTH))
    )


class IdSource:
    """Makes ids. With a seed, the n-th id of one run equals the n-th of another."""

    def __init__(self, seed: int | None = None) -> None:
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(seed)
        if seed is None:
            self._now_ms: Callable[[], int] = wall_clock_ms
        else:
            counter = itertools.count(_SEEDED_EPOCH_MS)
            self._now_ms = lambda: next(counter)

    def envelope(self) -> str:
        """Id of a webhook envelope: `evt_` and 26 lower-case characters of a ULID."""
        return "evt_" + ulid_lower(self._now_ms(), self._random.getrandbits(_RANDOM_BITS))

    def request(self) -> str:
        """Value of `X-Webhook-Request-Id`: one per delivery, kept across its attempts."""
        return ulid_lower(self._now_ms(), self._random.getrandbits(_RANDOM_BITS)).upper()

    def stanza(self, *, from_me: bool) -> str:
        """WhatsApp's own message id: `3EB0…` from linked devices, `3A…` from phones."""
        prefix, digits = ("3EB0", 18) if from_me else ("3A", 18)
        return prefix + f"{self._random.getrandbits(4 * digits):0{digits}X}"

    def pick(self) -> float:
        """A number in [0, 1) for the fault switches."""
        return self._random.random()


def new_api_key() -> str:
    """A key for `X-Api-Key` when none was given at start."""
    return secrets.token_hex(16)
