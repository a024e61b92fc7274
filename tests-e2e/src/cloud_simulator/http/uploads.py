"""The Graph's resumable uploads: examples for templates, which the app keeps by a handle."""

from aiohttp import web

from cloud_simulator.errors import GraphError, bad_request
from cloud_simulator.http.edge import SIMULATOR, answer, authorise
from cloud_simulator.http.graph import VERSION
from cloud_simulator.simulator import Line

routes = web.RouteTableDef()
TYPES = frozenset({"application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"})


@routes.post(f"/{VERSION}/{{app:[0-9]+}}/uploads")
async def begin(request: web.Request) -> web.Response:
    """A file is announced: its name, its size, its type."""
    simulator, query = request.app[SIMULATOR], request.query
    lines = [
        one for one in simulator.lines.values() if one.number.app_id == request.match_info["app"]
    ]
    if not lines:
        raise GraphError(100, "Unsupported post request. Object does not exist.")
    authorise(request, lines[0])
    if query.get("file_type") not in TYPES or not query.get("file_length", "").isdigit():
        raise bad_request("The parameters file_type and file_length are required.")
    session = simulator.examples.begin(int(query["file_length"]), query["file_type"])
    return answer({"id": session})


@routes.post(f"/{VERSION}/{{session:upload:.+}}")
async def take(request: web.Request) -> web.Response:
    """The bytes of what was announced, from the first one on."""
    simulator, headers = request.app[SIMULATOR], request.headers
    if headers.get("Authorization", "").removeprefix("OAuth ") not in _tokens(request):
        raise GraphError(190, "Error validating access token.")
    if headers.get("file_offset") != "0":
        raise bad_request("The file begins at 0.")
    session = f"{request.match_info['session']}?{request.query_string}"
    handle = simulator.examples.take(session, await request.read())
    if handle is None:
        raise bad_request("There is no such upload, or not all of it came.")
    return answer({"h": handle})


def _tokens(request: web.Request) -> set[str]:
    lines: list[Line] = list(request.app[SIMULATOR].lines.values())
    return {one.number.token for one in lines if one.number.app_id is not None}
