"""Errors of the domain: each kind is answered in one way at each edge.

The HTTP edge turns an error into problem+json (RFC 9457) with the status of its kind; the
consumer edge parks the event with the error's code as the reason. `code` is stable and part of
the public contract; `detail` is for people.
"""

from typing import ClassVar, Literal

ErrorKind = Literal[
    "invalid",
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "too_large",
    "rate_limited",
    "unavailable",
]


class DomainError(Exception):
    """A rule was broken or a thing is not there. Subclass it, or give `code` per instance.

    `retry_after` is in seconds, for what may be tried again later.
    """

    kind: ClassVar[ErrorKind] = "invalid"
    code: str = "invalid"
    retry_after: float | None = None

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code


class Invalid(DomainError):
    """The request is understood and cannot be done as it is (422)."""


class Unauthenticated(DomainError):
    """It is not known who asks (401)."""

    kind = "unauthenticated"
    code = "unauthenticated"


class Forbidden(DomainError):
    """It is known who asks, and they may not (403)."""

    kind = "forbidden"
    code = "forbidden"


class NotFound(DomainError):
    """There is no such thing for this tenant (404)."""

    kind = "not_found"
    code = "not_found"


class Conflict(DomainError):
    """The state of the thing forbids it (409)."""

    kind = "conflict"
    code = "conflict"


class TooLarge(DomainError):
    """More than the limit was sent (413)."""

    kind = "too_large"
    code = "too_large"


class Unavailable(DomainError):
    """A part that is needed is away for the moment (503, with Retry-After)."""

    kind = "unavailable"
    code = "unavailable"
