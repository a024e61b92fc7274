"""From an exception to a problem. Details of our own failures go to the log, with the id."""

import math
import re
from http import HTTPStatus
from typing import Any

import asyncpg
from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException

from platform_core.errors import DomainError
from platform_http.problems import (
    STATUS,
    STATUS_BY_CODE,
    FieldError,
    RequestError,
    make_problem,
    to_response,
)
from platform_http.request_id import request_id_of
from platform_http.validation import parameter_errors
from platform_postgres import is_away, is_transient
from platform_telemetry import get_logger

log = get_logger(__name__)

_DISCONNECTED = "client disconnected prematurely"
_MISSING = re.compile(r"Missing required (query|header|cookie|path) parameter '([^']*)'")
_BY_STATUS: dict[int, tuple[str, str]] = {
    400: ("bad_request", "The request is not well-formed."),
    401: ("unauthenticated", "A bearer token is needed."),
    403: ("forbidden", "This is not allowed."),
    404: ("route_not_found", "There is nothing here."),
    405: ("method_not_allowed", "This path does not answer to this method."),
    413: ("body_too_large", "The body is larger than this route accepts."),
    415: ("unsupported_media_type", "The body has to be application/json."),
}
# Characters that PostgreSQL cannot keep in text, NUL above all.
_UNSTORABLE = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)

AnyRequest = Request[Any, Any, Any]


def handle_domain_error(request: AnyRequest, error: DomainError) -> Response[bytes]:
    """A rule was broken: its own code and words."""
    status = STATUS_BY_CODE.get(error.code) or STATUS[error.kind]
    response = _answer(request, status, error.code, error.detail)
    if error.retry_after is not None:
        response.headers["retry-after"] = str(math.ceil(error.retry_after))
    return response


def handle_request_error(request: AnyRequest, error: RequestError) -> Response[bytes]:
    """The request is not as it must be."""
    return _answer(request, error.status, error.code, error.detail, error.errors)


def handle_http_exception(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """What the framework found. Its own words may quote the request, so they are not passed on."""
    if isinstance(error, ValidationException):
        return _invalid_parameters(request, error)
    if isinstance(error, InternalServerException):
        if error.detail == _DISCONNECTED:
            return _answer(request, 400, "client_disconnected", "The body ended early.")
        return handle_unexpected(request, error)
    status = error.status_code
    code, detail = _BY_STATUS.get(status) or _standard(status)
    response = _answer(request, status, code, detail)
    for name, value in (error.headers or {}).items():
        response.headers.setdefault(name.lower(), value)
    return response


def handle_unexpected(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Anything else: the database being away or busy is said so, the rest is ours."""
    route = request.scope.get("path_template", "")
    if is_away(error):
        log.warning("database_unavailable", route=route, error=type(error).__name__)
        return _answer(request, 503, "database_unavailable", "The database is away. Try again.")
    if is_transient(error):
        log.warning("database_busy", route=route, error=type(error).__name__)
        return _answer(request, 503, "database_busy", "The database is busy. Try again.")
    if isinstance(error, _UNSTORABLE):
        return _answer(request, 422, "invalid_text", "A text has a character that is not allowed.")
    log.error("request_failed", route=route, method=request.method, exc_info=error)
    return _answer(
        request, 500, "internal_error", "Something went wrong here. Quote the request id."
    )


def _invalid_parameters(request: AnyRequest, error: ValidationException) -> Response[bytes]:
    errors = parameter_errors(error.extra)
    # Bodies are read by `StrictRequest`; only one that is not there gets this far.
    if any(found.parameter == "data" for found in errors):
        return _answer(request, 400, "body_missing", "The request needs a JSON body.")
    if not errors and (missing := _MISSING.search(error.detail)):
        errors = [FieldError(code="required", detail="Required.", parameter=missing[2])]
    return _answer(
        request, 400, "validation_failed", "The request has values that are not valid.", errors
    )


def _standard(status: int) -> tuple[str, str]:
    try:
        known = HTTPStatus(status)
    except ValueError:
        return f"http_{status}", "The request was refused."
    return known.phrase.lower().replace(" ", "_").replace("-", "_"), known.description or "Refused."


def _answer(
    request: AnyRequest,
    status: int,
    code: str,
    detail: str,
    errors: list[FieldError] | None = None,
) -> Response[bytes]:
    request_id = request_id_of(request.scope)
    return to_response(make_problem(status, code, detail, request_id=request_id, errors=errors))
