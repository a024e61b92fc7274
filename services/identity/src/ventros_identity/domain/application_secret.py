"""The text of an application's secret: `vs_live_<secret><crc>`, made as that of an API key is.

`secret` are 256 random bits as 43 digits of base 62, of which only the SHA-256 is kept; `crc` lets
a scanner for secrets find few strangers. As a regular expression: `vs_live_[0-9A-Za-z]{49}`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final
from zlib import crc32

PREFIX: Final = "vs_live_"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET: Final = 43
_CRC: Final = 6


def make() -> str:
    """A new secret."""
    body = PREFIX + _base62(secrets.randbits(256), _SECRET)
    return body + _base62(crc32(body.encode()), _CRC)


def hash_of(text: str) -> bytes:
    """What is stored of it; what is this random needs no slow hash."""
    return hashlib.sha256(text.encode()).digest()


def matching(text: str, hashes: Iterable[bytes]) -> int | None:
    """Which of the stored hashes the text is, after the same time for each."""
    given = hash_of(text)
    found = None
    for place, one in enumerate(hashes):
        if hmac.compare_digest(one, given):
            found = place
    return found


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
