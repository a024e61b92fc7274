"""The Graph's files: uploaded for a number, known by their id."""

from aiohttp import BodyPartReader, web

from cloud_simulator.errors import GraphError, bad_request
from cloud_simulator.http.edge import SIMULATOR, answer, line_of
from cloud_simulator.http.graph import VERSION, break_off, end_before

routes = web.RouteTableDef()
MIB = 1024 * 1024
_DOCUMENTS = (
    "application/msword",
    "application/pdf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/plain",
)
LARGEST = {
    **dict.fromkeys(_DOCUMENTS, 100 * MIB),
    **dict.fromkeys(("image/jpeg", "image/png"), 5 * MIB),
    **dict.fromkeys(("audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"), 16 * MIB),
    **dict.fromkeys(("video/mp4", "video/3gpp"), 16 * MIB),
    "image/webp": 500 * 1024,
}
"""How large a file of each type may be; others are not taken."""


@routes.post(f"/{VERSION}/{{number}}/media")
async def upload(request: web.Request) -> web.StreamResponse:
    """A file, as a form: messaging_product, type, file."""
    simulator, line = request.app[SIMULATOR], line_of(request)
    trouble = simulator.troubles.upload()
    if trouble is not None and trouble.kind != "lose":
        return await end_before(request, trouble)
    fields, content, mimetype = await _form(request)
    if fields.get("messaging_product") != "whatsapp":
        raise bad_request("The parameter messaging_product is required.")
    kind = (fields.get("type") or mimetype).partition(";")[0]
    if kind not in LARGEST:
        raise bad_request(f"Param file must be a file with one of the following types: {LARGEST}.")
    if not content or len(content) > LARGEST[kind]:
        raise GraphError(131053, "The file is not there, or is too large.")
    kept = simulator.keep(line, kind, content)
    line.uploads.append(kept)
    if trouble is not None:
        return await break_off(request)
    return answer({"id": kept.id})


async def _form(request: web.Request) -> tuple[dict[str, str], bytes, str]:
    fields: dict[str, str] = {}
    content, mimetype = b"", ""
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise bad_request("A form has no forms.")
        if part.name == "file":
            content, mimetype = bytes(await part.read()), part.headers.get("Content-Type", "")
        elif part.name is not None:
            fields[part.name] = await part.text()
    return fields, content, mimetype
