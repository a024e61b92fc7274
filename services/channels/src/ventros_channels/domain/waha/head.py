"""What ingress reads of a webhook before it stores it: that it is JSON, its event, its id."""

import hashlib
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from ventros_channels.domain.waha.errors import UnparsableError
from ventros_channels.domain.waha.members import clean

MAX_DEPTH = 128
"""Levels of nesting. More is no message, and would be refused by the readers further on, whose
own limit depends on how deep their stack already is."""

MAX_NAME = 100
MAX_EVENT_ID = 200

_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])', re.DOTALL)
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """`provider_event_id` is the provider's, or the SHA-256 of the body where there is none.

    `readable` is the body with lone surrogates replaced, where it has any: JavaScript writes
    them when it cuts an emoji in two, they are JSON, and no strict reader takes them.
    """

    event: str
    provider_event_id: str
    readable: bytes | None = None


class _Members(msgspec.Struct):
    event: Any = None
    id: Any = None


_decode = msgspec.json.Decoder(_Members).decode

T = TypeVar("T")


def read_head(body: bytes) -> Head:
    """The head of a body.

    Raises:
        UnparsableError: `not_json` (also for what is not UTF-8), `not_an_object`, `event_missing`.
    """
    members, readable = read_members(body, _decode)
    if not members.event or not isinstance(members.event, str):
        raise UnparsableError("event_missing")
    return Head(
        event=clean(members.event, MAX_NAME),
        provider_event_id=_event_id(members.id, body),
        readable=readable,
    )


def read_members(body: bytes, decode: Callable[[bytes], T]) -> tuple[T, bytes | None]:
    """What `decode` takes of a body, and the body as `Head.readable` has it.

    Raises:
        UnparsableError: `not_json`, `not_an_object`.
    """
    try:
        return _read(body, decode), None
    except msgspec.DecodeError:
        readable = _ESCAPES.sub(_without_lone_surrogate, body)
        if readable == body:
            raise UnparsableError("not_json") from None
        return _read_repaired(readable, decode), readable


def _read(body: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        # Unread members are skipped without a look at their encoding.
        body.decode()
        members = decode(body)
    except msgspec.ValidationError:
        raise UnparsableError("not_an_object") from None
    except (UnicodeDecodeError, RecursionError):
        raise UnparsableError("not_json") from None
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise UnparsableError("not_json")
    return members


def _read_repaired(body: bytes, decode: Callable[[bytes], T]) -> T:
    try:
        return _read(body, decode)
    except msgspec.DecodeError:
        raise UnparsableError("not_json") from None


def _depth(body: bytes) -> int:
    deepest = depth = 0
    for found in _BRACKETS.finditer(body):
        if found[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif found[2]:
            depth -= 1
    return deepest


def _without_lone_surrogate(found: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if found["lone"] else found[0]


def _event_id(given: object, body: bytes) -> str:
    if given and isinstance(given, str) and len(given) <= MAX_EVENT_ID and "\x00" not in given:
        return given
    return "sha256:" + hashlib.sha256(body).hexdigest()
