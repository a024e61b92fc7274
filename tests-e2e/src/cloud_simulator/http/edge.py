"""What the routes share: the token, bodies into Structs, errors in the Graph's shape."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from cloud_simulator.errors import GraphError, bad_request
from cloud_simulator.simulator import CloudSimulator, Line

SIMULATOR = web.AppKey("cloud simulator", CloudSimulator)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
T = TypeVar("T")


def answer(document: Any, status: int = 200) -> web.Response:
    """A document as JSON."""
    return web.Response(
        body=msgspec.json.encode(document), status=status, content_type="application/json"
    )


async def body(request: web.Request, shape: type[T]) -> T:
    """The request's body. Raises GraphError."""
    try:
        return msgspec.json.decode(await request.read(), type=shape)
    except msgspec.DecodeError as error:
        raise bad_request(str(error)) from error


def line_of(request: web.Request) -> Line:
    """The number of the path, with its token. Raises GraphError."""
    line = request.app[SIMULATOR].line(request.match_info["number"])
    authorise(request, line)
    return line


def authorise(request: web.Request, line: Line) -> None:
    """Raises GraphError."""
    if request.headers.get("Authorization", "") != f"Bearer {line.number.token}":
        raise GraphError(190, "Error validating access token.")


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Translate what is refused."""
    try:
        return await handler(request)
    except GraphError as error:
        return answer(error.document, error.status)
