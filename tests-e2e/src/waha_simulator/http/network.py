"""/simulator: make the network and the answers of WAHA fail, see what was delivered."""

from aiohttp import web
from msgspec import Struct

from waha_simulator.answering import Answering
from waha_simulator.delivery import Faults
from waha_simulator.http.edge import SIMULATOR, answer, body
from waha_simulator.posting import Outcome

routes = web.RouteTableDef()


class PostedAgain(Struct, frozen=True, kw_only=True):
    """How many deliveries were begun again."""

    deliveries: int


class Summary(Struct, frozen=True, kw_only=True):
    """Deliveries by outcome."""

    outcomes: dict[Outcome, int]
    under_way: int


@routes.put("/simulator/answering")
async def put_answering(request: web.Request) -> web.Response:
    """Answer what sends later or wrongly from now on, or as usual again."""
    request.app[SIMULATOR].answers.become(await body(request, Answering))
    return answer(None, 204)


@routes.get("/simulator/faults")
async def get_faults(request: web.Request) -> web.Response:
    """What goes wrong now."""
    return answer(request.app[SIMULATOR].postman.faults)


@routes.put("/simulator/faults")
async def put_faults(request: web.Request) -> web.Response:
    """Let other things go wrong; what was held back by the old ones leaves."""
    postman = request.app[SIMULATOR].postman
    postman.faults = await body(request, Faults)
    postman.release_held()
    return answer(postman.faults)


@routes.get("/simulator/deliveries")
async def list_deliveries(request: web.Request) -> web.Response:
    """The log, oldest first; filters `session` and `outcome`."""
    named = request.query.get("outcome")
    postman = request.app[SIMULATOR].postman
    return answer(
        postman.log(
            session=request.query.get("session"), outcome=None if named is None else Outcome(named)
        )
    )


@routes.post("/simulator/deliveries/again")
async def post_lost_again(request: web.Request) -> web.Response:
    """Post what was lost until now, in the order in which it was lost."""
    return answer(PostedAgain(deliveries=request.app[SIMULATOR].postman.post_lost()))


@routes.get("/simulator/deliveries/summary")
async def summarise_deliveries(request: web.Request) -> web.Response:
    """Counts by outcome; filter `session`."""
    postman = request.app[SIMULATOR].postman
    counts: dict[Outcome, int] = {}
    for line in postman.log(session=request.query.get("session")):
        counts[line.outcome] = counts.get(line.outcome, 0) + 1
    return answer(Summary(outcomes=counts, under_way=postman.under_way))


@routes.delete("/simulator/deliveries")
async def forget_deliveries(request: web.Request) -> web.Response:
    """Empty the log."""
    request.app[SIMULATOR].postman.forget()
    return answer(None, 204)
