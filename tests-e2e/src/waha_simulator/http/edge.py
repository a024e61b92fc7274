"""What every route shares: the API key, bodies into Structs, errors in WAHA's (Nest's) shape."""

import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from waha_simulator.pairing import WrongCodeError
from waha_simulator.people import UnknownAddressError
from waha_simulator.simulator import (
    NotWorkingError,
    SessionExistsError,
    Simulator,
    UnknownMessageError,
    UnknownSessionError,
)

SIMULATOR = web.AppKey("simulator", Simulator)
API_KEY = web.AppKey("api_key", str)
_OPEN_PATHS = frozenset({"/ping"})
_T = TypeVar("_T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadRequestError(Exception):
    """A parameter that is missing or wrong; the text says which."""


def answer(document: Any, status: int = 200) -> web.Response:
    """A document as JSON; None is an empty body, as Nest answers void."""
    if document is None:
        return web.Response(status=status)
    return web.Response(
        body=msgspec.json.encode(document), status=status, content_type="application/json"
    )


def problem(code: HTTPStatus, message: str, **more: Any) -> web.Response:
    """An error as Nest writes it: `statusCode`, `message`, `error`."""
    document = {"statusCode": code.value, "message": message, "error": code.phrase}
    return answer(document | more, code.value)


async def body(request: web.Request, shape: type[_T]) -> _T:
    """The request's body as a Struct; raises msgspec's errors, which `errors` translates."""
    raw = await request.read()
    return msgspec.json.decode(raw or b"{}", type=shape)


def number(request: web.Request, name: str, default: int | None = None) -> int | None:
    """An integer of the query. Raises BadRequestError."""
    text = request.query.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise BadRequestError(f"{name} must be a number") from None


def flag(request: web.Request, name: str) -> bool | None:
    """A boolean of the query, None when it is absent. Raises BadRequestError."""
    text = request.query.get(name)
    if text not in (None, "true", "false"):
        raise BadRequestError(f"{name} must be true or false")
    return None if text is None else text == "true"


def required(request: web.Request, name: str) -> str:
    """A text of the query. Raises BadRequestError."""
    text = request.query.get(name)
    if not text:
        raise BadRequestError(f"{name} is required")
    return text


@web.middleware
async def authorised(request: web.Request, handler: Handler) -> web.StreamResponse:
    """`X-Api-Key` in the header, or `x-api-key` in the query."""
    given = request.headers.get("X-Api-Key") or request.query.get("x-api-key") or ""
    if request.path in _OPEN_PATHS or hmac.compare_digest(given, request.app[API_KEY]):
        return await handler(request)
    return answer({"message": "Unauthorized", "statusCode": 401}, 401)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Translate what went wrong; anything else is aiohttp's 500."""
    try:
        return await handler(request)
    except msgspec.DecodeError as error:  # ValidationError is one of them
        return problem(HTTPStatus.BAD_REQUEST, str(error))
    except (BadRequestError, UnknownAddressError, WrongCodeError) as error:
        return problem(HTTPStatus.BAD_REQUEST, str(error))
    except UnknownSessionError as error:
        in_path = request.path.startswith(("/api/sessions/", "/simulator/"))
        status = HTTPStatus.NOT_FOUND if in_path else HTTPStatus.UNPROCESSABLE_ENTITY
        return problem(status, str(error))
    except SessionExistsError as error:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    except NotWorkingError as error:
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            str(error),
            session=error.session.name,
            status=error.session.status.value,
            expected=[one.value for one in error.expected],
        )
    except UnknownMessageError as error:
        return problem(HTTPStatus.NOT_FOUND, str(error))
