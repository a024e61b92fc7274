"""The Graph's templates: an account lists them, makes them and removes them."""

from aiohttp import web

from cloud_simulator.errors import GraphError
from cloud_simulator.http.edge import SIMULATOR, answer, authorise, body
from cloud_simulator.http.graph import VERSION, break_off, end_before
from cloud_simulator.templates import Draft, Templates

routes = web.RouteTableDef()


def _templates(request: web.Request) -> Templates:
    """Those of the account of the path, with its token. Raises GraphError."""
    simulator, account = request.app[SIMULATOR], request.match_info["account"]
    numbers = [one for one in simulator.lines.values() if one.number.waba_id == account]
    if not numbers:
        raise GraphError(100, "Unsupported get request. Object does not exist.", status=404)
    authorise(request, numbers[0])
    return simulator.templates(account)


@routes.get(f"/{VERSION}/{{account}}/message_templates")
async def list_templates(request: web.Request) -> web.Response:
    """A page of an account's templates, of one name if it is given."""
    found, query = _templates(request), request.query
    limit = int(query.get("limit", "25"))
    return answer(found.page(query.get("after"), limit, query.get("name")))


@routes.post(f"/{VERSION}/{{account}}/message_templates")
async def create(request: web.Request) -> web.StreamResponse:
    """A template to be looked at."""
    found, simulator = _templates(request), request.app[SIMULATOR]
    draft = await body(request, Draft)
    trouble = simulator.troubles.template()
    if trouble is not None and trouble.kind != "lose":
        return await end_before(request, trouble)
    made = found.create(simulator.template_id(), draft, simulator.examples.kept)
    if trouble is not None:
        return await break_off(request)
    return answer({"id": made.id, "status": made.status, "category": made.category})


@routes.delete(f"/{VERSION}/{{account}}/message_templates")
async def remove(request: web.Request) -> web.Response:
    """One language of a template with its `hsm_id`, else all of its name."""
    _templates(request).delete(request.query.get("name", ""), request.query.get("hsm_id"))
    return answer({"success": True})


@routes.get(f"/{VERSION}/{{template:7[0-9]{{15}}}}")
async def read(request: web.Request) -> web.Response:
    """A template by its id."""
    simulator = request.app[SIMULATOR]
    for line in simulator.lines.values():
        for one in simulator.templates(line.number.waba_id).all:
            if one.id == request.match_info["template"]:
                authorise(request, line)
                return answer({"id": one.id, "name": one.name, "language": one.language})
    raise GraphError(100, "Unsupported get request. Object does not exist.", status=404)
