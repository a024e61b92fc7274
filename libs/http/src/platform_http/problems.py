"""Errors as RFC 9457 problem+json: one shape, a stable `code`, nothing of our insides."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from litestar import Response
from msgspec import UNSET, UnsetType

from platform_core.errors import ErrorKind

MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "https://docs.ventros.dev/problems/"
RETRY_AFTER_SECONDS: Final = 1

STATUS: Final[Mapping[ErrorKind, int]] = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "rate_limited": 429,
    "unavailable": 503,
}
# What is wrong with the request itself, before any rule of the domain: 400.
STATUS_BY_CODE: Final[Mapping[str, int]] = {"invalid_cursor": 400}


class FieldError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, and where.

    `pointer` is a JSON pointer into the body (RFC 6901), `parameter` a name in the query, path
    or headers. `code` is stable.
    """

    code: str
    detail: str
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error's body."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldError] | UnsetType = UNSET


class RequestError(Exception):
    """The request itself is not as it must be. The edge raises it; domains raise `DomainError`."""

    def __init__(
        self, status: int, code: str, detail: str, errors: list[FieldError] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors or []


def make_problem(
    status: int,
    code: str,
    detail: str,
    *,
    request_id: str,
    errors: list[FieldError] | None = None,
) -> Problem:
    """A problem whose title follows from its code."""
    return Problem(
        type=TYPE_BASE + code,
        title=code.replace("_", " ").capitalize(),
        status=status,
        code=code,
        detail=detail,
        request_id=request_id,
        errors=errors or UNSET,
    )


def challenge_of(code: str) -> str:
    """What a 401 asks for. A token that was sent was a bad one; who sent none, or something that is
    no bearer token at all, is told of no error (RFC 6750 §3.1).
    """
    given = code in {"token_invalid", "token_expired", "token_revoked"}
    return 'Bearer error="invalid_token"' if given else "Bearer"


def headers_of(status: int, code: str) -> dict[str, str]:
    """The headers that a status demands: Retry-After, WWW-Authenticate (RFC 6750 §3)."""
    headers = {"cache-control": "no-store"}
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = challenge_of(code)
    return headers


def to_response(problem: Problem) -> Response[bytes]:
    """The HTTP answer of a problem."""
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=headers_of(problem.status, problem.code),
    )
