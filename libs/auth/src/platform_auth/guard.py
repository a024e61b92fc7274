"""The route guard of a service: default deny, the internal token, the route's permission."""

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.exceptions import MethodNotAllowedException
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute, WebSocketRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from platform_auth import routes
from platform_auth.errors import TokenMissing
from platform_auth.internal import InternalTokenVerifier
from platform_auth.jwt import bearer
from platform_auth.principal import Principal, lacking
from platform_core.errors import Forbidden

_ANYONE = routes.Route("GET", "", "", routes.PUBLIC)


class UndeclaredRouteError(RuntimeError):
    """A handler serves something that the list of routes does not have."""


class RouteGuard(ASGIMiddleware):
    """Lets a request through when its route is declared and its caller has the permission.

    The principal is left in `scope["user"]`.
    """

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET)

    def __init__(self, service: str, verifier: InternalTokenVerifier) -> None:
        self._service = service
        self._declared = routes.of_service(service)
        self._verifier = verifier
        # Litestar's path templates, filled by `learn`; one look-up per request is all that is left.
        self._routes: dict[tuple[str, str], routes.Route] = {}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Refuse or go on."""
        if scope["type"] == ScopeType.WEBSOCKET:
            method: str = routes.WEBSOCKET
        else:
            method = scope["method"]
        route = self._routes.get((method, scope["path_template"]))
        if route is None:
            # Litestar adds an OPTIONS handler to every path; nothing else can get here.
            raise MethodNotAllowedException
        if route.permission is not None:
            scope["user"] = self._caller(scope, route.permission)
        await next_app(scope, receive, send)

    def learn(self, app: Litestar) -> None:
        """Take over what the application serves; to be called once, before it serves.

        Raises:
            UndeclaredRouteError: naming each served route that the list of routes does not have.
        """
        undeclared: list[str] = []
        for method, template in served(app):
            route = self._declared.get((method, routes.shape(template)))
            own = (method == "GET" and template in routes.OWN_PORT) or (
                (self._service, method, template) in routes.INTERNAL
            )
            if route is None and not own:
                undeclared.append(f"{method} {template}")
            self._routes[method, template] = route or _ANYONE
        if undeclared:
            raise UndeclaredRouteError(
                "not in the list of routes: " + ", ".join(sorted(undeclared))
            )

    def _caller(self, scope: Scope, permission: str) -> Principal:
        for name, value in scope["headers"]:
            if name == b"authorization":
                principal = self._verifier.verify(bearer(value.decode("latin-1")))
                break
        else:
            raise TokenMissing("A bearer token is needed.")
        if permission not in principal.permissions:
            raise Forbidden(lacking(principal, permission))
        return principal


def served(app: Litestar) -> set[tuple[str, str]]:
    """Method and path template of everything that an application answers."""
    return {
        (method, route.path_format)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    } | {
        (routes.WEBSOCKET, route.path_format)
        for route in app.routes
        if isinstance(route, WebSocketRoute)
    }


def unserved(app: Litestar, service: str) -> list[str]:
    """Routes that the list promises for a service and that the application does not answer."""
    shapes = {(method, routes.shape(template)) for method, template in served(app)}
    return sorted(
        f"{route.method} {route.path}"
        for key, route in routes.of_service(service).items()
        if key not in shapes and not route.at_the_edge
    )
