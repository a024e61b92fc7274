"""/simulator: have people write, let answers fail, see what was taken."""

from aiohttp import web
from msgspec import Struct

from cloud_simulator.answers import Trouble, Weather
from cloud_simulator.errors import Reason
from cloud_simulator.http.edge import SIMULATOR, answer, body
from cloud_simulator.parties import Number, Person
from cloud_simulator.simulator import Line
from waha_simulator.delivery import Faults
from waha_simulator.file_faults import Serving

routes = web.RouteTableDef()


class Write(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody writes: a text, or a `member` of another kind."""

    person: Person
    text: str = "oi"
    kind: str = "text"
    member: dict[str, object] | None = None
    timestamp: int | None = None


class Status(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a message got."""

    message_id: str
    status: str
    reason: Reason | None = None


class Written(Struct, frozen=True, kw_only=True):
    """The id of a message."""

    message_id: str


def _line(request: web.Request) -> Line:
    return request.app[SIMULATOR].line(request.match_info["number"])


@routes.get("/ping")
async def ping(_: web.Request) -> web.Response:
    """It listens."""
    return answer({"message": "pong"})


@routes.put("/simulator/numbers")
async def connect(request: web.Request) -> web.Response:
    """Have a number."""
    number = request.app[SIMULATOR].connect(await body(request, Number)).number
    return answer({"phone_number_id": number.phone_number_id})


@routes.post("/simulator/{number}/messages")
async def write(request: web.Request) -> web.Response:
    """Somebody writes."""
    wanted = await body(request, Write)
    message_id = request.app[SIMULATOR].write(
        _line(request),
        wanted.person,
        wanted.text,
        kind=wanted.kind,
        member=wanted.member,
        timestamp=wanted.timestamp,
    )
    return answer(Written(message_id=message_id), 201)


@routes.post("/simulator/{number}/batches")
async def write_batch(request: web.Request) -> web.Response:
    """Many write, and one post tells of all."""
    simulator, line = request.app[SIMULATOR], _line(request)
    wanted = await body(request, list[Write])
    with simulator.one_post(line, per_entry=7):
        ids = [
            simulator.write(line, one.person, one.text, kind=one.kind, member=one.member)
            for one in wanted
        ]
    return answer([Written(message_id=one) for one in ids], 201)


@routes.post("/simulator/{number}/statuses")
async def tell(request: web.Request) -> web.Response:
    """A message of the number's got so far."""
    wanted = await body(request, Status)
    line = _line(request)
    request.app[SIMULATOR].tell(line, wanted.message_id, wanted.status, reason=wanted.reason)
    return answer({}, 202)


@routes.get("/simulator/{number}/taken")
async def taken(request: web.Request) -> web.Response:
    """The bodies that were taken, oldest first."""
    return answer([one.raw for one in _line(request).taken])


@routes.post("/simulator/troubles")
async def trouble(request: web.Request) -> web.Response:
    """The next call ends so."""
    request.app[SIMULATOR].troubles.add(await body(request, Trouble))
    return answer({}, 202)


@routes.put("/simulator/weather")
async def weather(request: web.Request) -> web.Response:
    """What goes wrong with answers by chance."""
    request.app[SIMULATOR].troubles.weather = await body(request, Weather)
    return answer({}, 202)


@routes.put("/simulator/files")
async def serving(request: web.Request) -> web.Response:
    """What goes wrong with files that are asked for; `session` is a number's id."""
    request.app[SIMULATOR].file_faults.become(await body(request, Serving))
    return answer({}, 202)


@routes.put("/simulator/faults")
async def faults(request: web.Request) -> web.Response:
    """What goes wrong with posts from now on; what was held back leaves."""
    postman = request.app[SIMULATOR].postman
    postman.faults = await body(request, Faults)
    postman.release_held()
    return answer(postman.faults)
