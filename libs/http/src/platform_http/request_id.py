"""Request ids: taken over when they are sane, else made here; answered and logged."""

import re
from collections.abc import Iterable
from typing import Any, Final

from platform_core.ids import new_id

HEADER: Final = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._-]{8,128}")
_STATE_KEY: Final = "ventros.request_id"


def choose_request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The caller's id if it is 8 to 128 letters, digits, dots, dashes or underscores."""
    for name, value in headers:
        if name == HEADER and _SANE.fullmatch(value):
            return value.decode("ascii")
    return str(new_id())


def remember_request_id(scope: Any, request_id: str) -> None:
    """Keep the id with the request."""
    scope[_STATE_KEY] = request_id


def request_id_of(scope: Any) -> str:
    """The id of the request; one is made if nothing has given it one."""
    known = scope.get(_STATE_KEY)
    if known is None:
        known = choose_request_id(scope.get("headers", ()))
        scope[_STATE_KEY] = known
    return str(known)


def has_request_id(scope: Any) -> bool:
    """Whether an application further out has given the request its id."""
    return _STATE_KEY in scope
