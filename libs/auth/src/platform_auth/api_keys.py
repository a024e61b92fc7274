"""The text of an API key: `vk_live_<id>_<secret><crc>`.

- `id`: the key's id, 32 hexadecimal digits; it may be seen, and finds the key.
- `secret`: 256 random bits as 43 digits of base 62. Only its SHA-256 is kept anywhere; what is this
  random needs no slow hash.
- `crc`: CRC-32 of all that stands before, as 6 digits of base 62, so that a key with a typo is told
  from a guess without asking anybody, and a scanner for secrets finds few strangers.

As a regular expression: `vk_live_[0-9a-f]{32}_[0-9A-Za-z]{49}`.
"""

import hashlib
import re
import secrets
from typing import Final
from uuid import UUID
from zlib import crc32

import msgspec

PREFIX: Final = "vk_live_"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# 62^43 is a little more than 2^256, 62^6 more than 2^32.
_SECRET: Final = 43
_CRC: Final = 6
_TEXT: Final = re.compile(
    rf"(?P<body>{PREFIX}(?P<id>[0-9a-f]{{32}})_(?P<secret>[0-9A-Za-z]{{{_SECRET}}}))"
    rf"(?P<crc>[0-9A-Za-z]{{{_CRC}}})",
    re.ASCII,
)


class GivenKey(msgspec.Struct, frozen=True):
    """A key as somebody gave it: which one they say it is, and the SHA-256 of the secret."""

    id: UUID
    secret_hash: bytes


def make(key_id: UUID) -> tuple[str, bytes]:
    """A new text for a key, and the SHA-256 of its secret."""
    secret = _base62(secrets.randbits(256), _SECRET)
    body = f"{PREFIX}{key_id.hex}_{secret}"
    return body + _checksum(body), _hash(secret)


def is_api_key(token: str) -> bool:
    """Whether a bearer token means to be an API key, right or wrong."""
    return token.startswith(PREFIX)


def read(text: str) -> GivenKey | None:
    """The key that a caller gave; None when it is cut, mistyped, or no key at all."""
    found = _TEXT.fullmatch(text)
    if found is None or found["crc"] != _checksum(found["body"]):
        return None
    return GivenKey(UUID(hex=found["id"]), _hash(found["secret"]))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _checksum(body: str) -> str:
    return _base62(crc32(body.encode()), _CRC)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
