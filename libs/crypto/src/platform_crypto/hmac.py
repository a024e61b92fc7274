"""HMAC over raw bytes, written and read as hex."""

import hmac
from typing import Literal

Algorithm = Literal["sha256", "sha512"]


def sign(key: bytes, body: bytes, algorithm: Algorithm) -> str:
    """Lower-case hex of the HMAC of exactly these bytes."""
    return hmac.digest(key, body, algorithm).hex()


def verify(key: bytes, body: bytes, signature: str, algorithm: Algorithm) -> bool:
    """Compare in constant time. A signature that is not hex is wrong, not an error."""
    try:
        given = bytes.fromhex(signature)
    except ValueError:
        return False
    return hmac.compare_digest(hmac.digest(key, body, algorithm), given)
