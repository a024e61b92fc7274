"""Files of messages, and how they fail to come."""

import asyncio
from http import HTTPStatus
from typing import Final

from aiohttp import web

from waha_simulator.file_faults import FileFate, FileFaults, Serving
from waha_simulator.files import content, content_type
from waha_simulator.http.edge import SIMULATOR, answer, body, problem

routes = web.RouteTableDef()
REFUSALS: Final = {
    FileFate.MISSING: HTTPStatus.NOT_FOUND,
    FileFate.REMOVED: HTTPStatus.GONE,
    FileFate.BROKEN: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_PAGE: Final = b"<!doctype html><script>alert(document.domain)</script>"
_PIECES: Final = 4
_ENDLESS_PIECE: Final = b"\xff" * 65_536


@routes.put("/simulator/files")
async def put_serving(request: web.Request) -> web.Response:
    """Let other things go wrong with files from now on, or nothing again."""
    request.app[SIMULATOR].file_faults.become(await body(request, Serving))
    return answer(None, 204)


@routes.get("/api/files/{session}/{name}")
async def get_file(request: web.Request) -> web.StreamResponse:
    """A media file: what came with a message that was sent, else what its name stands for."""
    simulator, name = request.app[SIMULATOR], request.match_info["name"]
    session = simulator.get(request.match_info["session"])
    fate = simulator.file_faults.next(session.name)
    if fate in REFUSALS:
        return problem(REFUSALS[fate], "The file cannot be had")
    known = session.history.find(name.rpartition(".")[0])
    media = None if known is None else known.content.media
    file = content(name, 0 if media is None else media.size)
    if media is not None and media.data is not None:
        file = media.data
    return await serve(request, content_type(name), file, fate, simulator.file_faults)


async def serve(
    request: web.Request, kind: str, file: bytes, fate: FileFate | None, faults: FileFaults
) -> web.StreamResponse:
    """The bytes, as `fate` has them come; whoever is refused was refused before."""
    match fate:
        case FileFate.SLOW:
            return await _slowly(request, kind, file, faults.pause_seconds)
        case FileFate.TRUNCATED:
            return await _half(request, kind, file)
        case FileFate.ENDLESS:
            return await _without_end(request, kind)
        case FileFate.WRONG_TYPE:
            file = _PAGE
    return web.Response(body=file, headers={"Content-Type": kind})


async def _begun(request: web.Request, kind: str, size: int | None) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": kind})
    response.content_length = size
    await response.prepare(request)
    return response


async def _slowly(request: web.Request, kind: str, file: bytes, pause: float) -> web.StreamResponse:
    response = await _begun(request, kind, len(file))
    piece = max(1, -(-len(file) // _PIECES))
    for place in range(0, len(file), piece):
        await asyncio.sleep(pause)
        await response.write(file[place : place + piece])
    await response.write_eof()
    return response


async def _half(request: web.Request, kind: str, file: bytes) -> web.StreamResponse:
    response = await _begun(request, kind, len(file))
    await response.write(file[: len(file) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _without_end(request: web.Request, kind: str) -> web.StreamResponse:
    """Until the other side hangs up, which ends this handler."""
    response = await _begun(request, kind, None)
    while request.transport is not None and not request.transport.is_closing():
        await response.write(_ENDLESS_PIECE)
    return response
