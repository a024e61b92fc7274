"""The Graph: messages, files, the number."""

import asyncio
import hashlib

import msgspec
from aiohttp import web

from cloud_simulator.answers import Trouble
from cloud_simulator.errors import GraphError, bad_request, bad_value
from cloud_simulator.http.edge import SIMULATOR, answer, authorise, line_of
from cloud_simulator.requests import Send
from cloud_simulator.simulator import Line, Upload
from waha_simulator.http.serving import REFUSALS, serve

routes = web.RouteTableDef()
VERSION = r"{version:v\d+\.\d+}"
HANG_SECONDS = 60.0


@routes.post(f"/{VERSION}/{{number}}/messages")
async def send(request: web.Request) -> web.StreamResponse:
    """A message, or the receipt of one."""
    simulator, line = request.app[SIMULATOR], line_of(request)
    raw = await request.read()
    try:
        wanted = msgspec.json.decode(raw, type=Send)
    except msgspec.DecodeError as error:
        raise bad_request(str(error)) from error
    chance = simulator.ids.pick()
    trouble = simulator.troubles.next(wanted.to or wanted.recipient, chance)
    if trouble is not None and trouble.kind != "lose":
        return await end_before(request, trouble)
    if wanted.status is not None:
        return _receipt(line, wanted)
    taken = simulator.take(line, wanted, raw)
    if trouble is not None:
        return await break_off(request)
    if simulator.troubles.weather.delay_seconds:
        await asyncio.sleep(simulator.ids.pick() * simulator.troubles.weather.delay_seconds)
    contact = {"input": wanted.to or wanted.recipient, "user_id": taken.reached.bsuid}
    if taken.reached.phone is not None:
        contact["wa_id"] = taken.reached.phone
    document = {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": taken.id}],
    }
    return answer(document)


async def end_before(request: web.Request, trouble: Trouble) -> web.StreamResponse:
    if trouble.kind == "refuse":
        raise GraphError(trouble.code, "As it was asked for.")
    if trouble.kind == "status":
        return web.Response(status=trouble.status, text="<html>upstream error</html>")
    if trouble.kind == "hang":
        await asyncio.sleep(HANG_SECONDS)
    return await break_off(request)


async def break_off(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _receipt(line: Line, wanted: Send) -> web.Response:
    if wanted.message_id is None or wanted.message_id not in line.messages:
        raise bad_value("The message is not known.")
    line.seen.append(wanted.message_id)
    return answer({"success": True})


def _file(request: web.Request) -> tuple[Upload, Line]:
    for line in request.app[SIMULATOR].lines.values():
        found = line.files.get(request.match_info["file"])
        if found is not None:
            authorise(request, line)
            return found, line
    raise GraphError(100, "Unsupported get request. Object does not exist.", status=404)


@routes.get(f"/{VERSION}/{{file:[0-9]{{16,}}}}")
async def file_address(request: web.Request) -> web.Response:
    """Where a file is for the next minutes."""
    file, _ = _file(request)
    document = {
        "messaging_product": "whatsapp",
        "url": f"{request.app[SIMULATOR].url or request.url.origin()}/files/{file.id}",
        "mime_type": file.mimetype,
        "sha256": hashlib.sha256(file.content).hexdigest(),
        "file_size": len(file.content),
        "id": file.id,
    }
    return answer(document)


@routes.get("/files/{file}")
async def download(request: web.Request) -> web.StreamResponse:
    """The bytes, for whoever has the token; what goes wrong with them goes wrong here."""
    file, line = _file(request)
    faults = request.app[SIMULATOR].file_faults
    fate = faults.next(line.number.phone_number_id)
    if fate in REFUSALS:
        return web.Response(status=REFUSALS[fate], text="<html>not here</html>")
    return await serve(request, file.mimetype, file.content, fate, faults)


@routes.get(f"/{VERSION}/{{number}}")
async def number(request: web.Request) -> web.Response:
    """The number."""
    line = line_of(request)
    document = {
        "id": line.number.phone_number_id,
        "display_phone_number": f"+{line.number.display_phone}",
        "verified_name": line.number.verified_name,
        "quality_rating": "GREEN",
        "throughput": {"level": "STANDARD"},
    }
    return answer(document)
