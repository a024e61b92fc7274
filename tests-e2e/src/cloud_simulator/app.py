"""The only place that wires the simulator together."""

from collections.abc import AsyncIterator

from aiohttp import web

from cloud_simulator.http import control, graph, media, templates, uploads
from cloud_simulator.http.edge import SIMULATOR, errors
from cloud_simulator.simulator import CloudSimulator
from waha_simulator.ids import IdSource
from waha_simulator.posting import Postman

BODY_LIMIT = 128 * 1024 * 1024


def create_app(*, url: str = "", seed: int | None = None) -> web.Application:
    """A Graph whose files are at `url`; without one, where it is asked."""
    ids = IdSource(seed)
    postman = Postman(ids)
    app = web.Application(middlewares=[errors], client_max_size=BODY_LIMIT)
    app[SIMULATOR] = CloudSimulator(ids, postman, url)

    async def posting(_: web.Application) -> AsyncIterator[None]:
        async with postman:
            yield

    app.cleanup_ctx.append(posting)
    for table in (control.routes, media.routes, uploads.routes, templates.routes, graph.routes):
        app.add_routes(table)
    return app
