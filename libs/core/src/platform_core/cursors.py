"""Keyset cursors: where a page ended, as an opaque string.

A cursor is bound to the question that made it (name and filters), so that one of another list,
of another filter, or one made by hand is refused instead of giving a page that looks right.
"""

import base64
import binascii
import hashlib
from typing import TypeVar

import msgspec

from platform_core.errors import Invalid

T = TypeVar("T")

_CHECK_BYTES = 6
_MAX_LENGTH = 512


def _check(question: str, body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECK_BYTES, key=question.encode()[:64]).digest()


def _digest(question: str) -> str:
    return hashlib.blake2b(question.encode(), digest_size=16).hexdigest()


def encode(question: str, position: object) -> str:
    """The cursor after `position` (a Struct or tuple of the sort keys) in `question`."""
    body = msgspec.msgpack.encode(position)
    check = _check(_digest(question), body)
    return base64.urlsafe_b64encode(check + body).rstrip(b"=").decode()


def decode(question: str, cursor: str, position: type[T]) -> T:
    """The position in a cursor that `encode` made for the same question.

    Raises:
        Invalid: code `invalid_cursor`.
    """
    try:
        if len(cursor) > _MAX_LENGTH:
            raise ValueError("too long")
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        check, body = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        if check != _check(_digest(question), body):
            raise ValueError("of another question")
        return msgspec.msgpack.decode(body, type=position)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise Invalid("The cursor is not one of this list.", code="invalid_cursor") from error
