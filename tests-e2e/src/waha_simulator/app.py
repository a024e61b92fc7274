"""The only place that wires the simulator together."""

from collections.abc import AsyncIterator

from aiohttp import web

from waha_simulator.engines import Engine
from waha_simulator.http import (
    acting,
    control,
    network,
    pairing,
    profiles,
    reading,
    sending,
    serving,
    sessions,
)
from waha_simulator.http.edge import API_KEY, SIMULATOR, authorised, errors
from waha_simulator.ids import IdSource
from waha_simulator.posting import Postman
from waha_simulator.simulator import Simulator

BODY_LIMIT = 32 * 1024 * 1024


def create_app(
    *, api_key: str, files_url: str, engine: Engine = Engine.GOWS, seed: int | None = None
) -> web.Application:
    """A WAHA whose media URLs begin with `files_url` (the server's own /api/files)."""
    ids = IdSource(seed)
    postman = Postman(ids)
    app = web.Application(middlewares=[authorised, errors], client_max_size=BODY_LIMIT)
    app[API_KEY] = api_key
    app[SIMULATOR] = Simulator(ids=ids, postman=postman, engine=engine, files_url=files_url)

    async def posting(_: web.Application) -> AsyncIterator[None]:
        async with postman:
            yield

    app.cleanup_ctx.append(posting)
    tables = (sessions, pairing, profiles, control, network, reading, serving, sending, acting)
    for table in (one.routes for one in tables):
        app.add_routes(table)
    return app
