"""The application factory: every service's HTTP side is made here, so all behave alike."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from litestar import Litestar, Response, get
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from platform_auth.guard import RouteGuard
from platform_auth.internal import InternalTokenVerifier
from platform_core.errors import DomainError
from platform_http import dependencies as provided
from platform_http import errors, openapi
from platform_http.health import Health
from platform_http.health import routes as health_routes
from platform_http.idempotency import Idempotency, Replay, handle_replay
from platform_http.observe import Observe
from platform_http.problems import RequestError
from platform_http.strict import StrictQuery, StrictRequest, check_bodies
from platform_http.transactions import Bell
from platform_postgres import Database

MAX_BODY_BYTES: Final = 1024 * 1024


class UnnamedOperationError(TypeError):
    """A handler has no `operation_id`; clients are generated from it."""


def create_app(
    service: str,
    controllers: Sequence[ControllerRouterHandler],
    *,
    auth: InternalTokenVerifier,
    db: Database | None = None,
    bell: Bell | None = None,
    health: Health | None = None,
    dependencies: Mapping[str, Provide] | None = None,
    document: HTTPRouteHandler | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
    version: str = "1",
) -> Litestar:
    """An application that answers `controllers` and the paths of every service's own port.

    Every route must be in `platform_auth.routes`, every request Struct must forbid unknown
    fields, every handler must have an `operation_id`; otherwise this raises. Handlers may ask for
    `principal`, `reader`, `writer`, `page` and for the service's own `dependencies`. `document`
    answers `/openapi.json` instead of the document of `controllers`. With a database, POSTs of
    known callers honour `Idempotency-Key` (see `idempotency`).
    """
    health = health or Health()
    if db is not None:
        health.watch_database(db)
    known = {**provided.provide(db, bell), **(dependencies or {})}
    guard = RouteGuard(service, auth)
    query = StrictQuery()
    once = Idempotency(db, bell) if db is not None else None
    document = document or _document(service, controllers, known, version)
    app = Litestar(
        [*controllers, *health_routes(health), document],
        dependencies=known,
        middleware=[guard, query, *([once] if once is not None else [])],
        exception_handlers={
            DomainError: errors.handle_domain_error,
            RequestError: errors.handle_request_error,
            HTTPException: errors.handle_http_exception,
            Replay: handle_replay,
            Exception: errors.handle_unexpected,
        },
        request_class=StrictRequest,
        request_max_body_size=max_body_bytes,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    guard.learn(app)
    query.learn(app)
    if once is not None:
        once.learn(app)
    check_bodies(app)
    _check_names(app)
    app.asgi_handler = Observe(service, app.asgi_handler)
    return app


def _document(
    service: str,
    controllers: Sequence[ControllerRouterHandler],
    known: Mapping[str, Provide],
    version: str,
) -> HTTPRouteHandler:
    made: list[bytes] = []

    @get("/openapi.json", include_in_schema=False, operation_id="openapi")
    async def answer() -> Response[bytes]:
        if not made:
            content = openapi.build_document(service, controllers, known, version=version)
            made.append(msgspec.json.format(msgspec.json.encode(content)))
        return Response(made[0], media_type="application/json")

    return answer


def _check_names(app: Litestar) -> None:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.operation_id is None and "OPTIONS" not in handler.http_methods:
                    raise UnnamedOperationError(f"{handler} has no operation_id")
