"""The edge itself: find the route, admit the caller, count the request, forward it.

Plain ASGI, because every request of the system pays for what is done here.
"""

import math
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send, WebSocketScope

from platform_auth.api_keys import is_api_key
from platform_auth.errors import TokenMissing
from platform_auth.jwt import bearer
from platform_auth.principal import lacking
from platform_auth.routes import GATEWAY, ROUTES, WEBSOCKET, Matcher, Route
from platform_core.errors import DomainError
from platform_http.problems import STATUS, STATUS_BY_CODE
from platform_http.raw import send_problem
from platform_http.request_id import request_id_of
from ventros_gateway.addresses import Peers, neighbourhood
from ventros_gateway.answers import Answer
from ventros_gateway.api_keys import ApiKeys
from ventros_gateway.callers import Caller, Callers
from ventros_gateway.challenges import Challenges, PermissionMissing
from ventros_gateway.forwarding import Forwarder
from ventros_gateway.headers import Headers, client_credentials, for_service
from ventros_gateway.limits import Limits, RateLimited
from ventros_gateway.live.server_sent import ServerSent
from ventros_gateway.live.web_socket import WebSocket
from ventros_gateway.paths import is_plain
from ventros_gateway.revocations import Revocations
from ventros_gateway.route_classes import RouteClass, class_name
from ventros_gateway.web_sockets import WebSockets, instead_of_handshake, with_token

ADMITTED: Final = tuple(route for route in ROUTES if route.service != GATEWAY or route.at_the_edge)
_MATCHER: Final = Matcher(ADMITTED)
OF_CLIENTS: Final = frozenset({"/oauth/token", "/oauth/revoke"})
"""Where OAuth clients prove themselves, to the service, with their own header."""


def takes_web_socket(path: str) -> bool:
    """Whether a path may be opened as a WebSocket."""
    return WEBSOCKET in _MATCHER.match(path)


class Proxy:
    """An ASGI application that forwards the declared routes and hands the rest to `own`."""

    def __init__(
        self,
        own: ASGIApp,
        *,
        callers: Callers,
        api_keys: ApiKeys,
        revocations: Revocations,
        limits: Limits,
        peers: Peers,
        classes: Mapping[str, RouteClass],
        forwarder: Forwarder,
        web_sockets: WebSockets,
        stream: ServerSent,
        web_socket: WebSocket,
        challenges: Challenges,
        origins: Collection[str] = (),
    ) -> None:
        """`origins`: whose pages may open a WebSocket; browsers tell, and ask nobody."""
        self._own = own
        self._callers = callers
        self._api_keys = api_keys
        self._revocations = revocations
        self._limits = limits
        self._peers = peers
        self._forwarder = forwarder
        self._web_sockets = web_sockets
        self._stream = stream
        self._web_socket = web_socket
        self._challenges = challenges
        self._origins = frozenset(origin.encode() for origin in origins)
        self._routes = _MATCHER
        self._classes = {route: classes[class_name(route)] for route in ADMITTED}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        if scope["type"] == ScopeType.HTTP:
            await self._serve(scope, receive, send)
        elif scope["type"] == ScopeType.WEBSOCKET:
            await self._open(scope, receive, send)
        else:
            await self._own(scope, receive, send)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        if not is_plain(scope["raw_path"]):
            await send_problem(
                scope, send, 400, "invalid_path", "The path has characters that are not allowed."
            )
            return
        routes = self._routes.match(scope["path"])
        if not routes:
            await self._own(scope, receive, send)
            return
        route = routes.get(scope["method"])
        if route is None:
            await _no_such_method(scope, send, routes)
            return
        scope["path_template"] = route.path
        kind = self._classes[route]
        address, scheme = self._peers.of(scope)
        try:
            caller = await self._caller(scope, route, address)
            left = await self._count(scope, kind, caller, address)
            answer = Answer(send, left)
            if route.at_the_edge and caller is not None:
                await self._stream(scope, receive, answer, caller)
                return
        except DomainError as error:
            await self._refuse(scope, send, error)
            return
        authorization = caller.authorization if caller is not None else None
        if route.path in OF_CLIENTS:
            authorization = client_credentials(scope["headers"])
        headers = for_service(
            scope["headers"],
            authorization=authorization,
            request_id=request_id_of(scope),
            client=address or None,
            scheme=scheme,
        )
        await self._forwarder.forward(scope, receive, answer, route, kind, headers, caller)

    async def _open(self, scope: WebSocketScope, receive: Receive, send: Send) -> None:
        """Admit whoever opens a WebSocket as whoever sends a request."""
        refuse = instead_of_handshake(send)
        route = self._routes.match(scope["path"]).get(WEBSOCKET)
        if route is None or not is_plain(scope["raw_path"]):
            await send_problem(scope, refuse, 404, "not_found", "There is no WebSocket here.")
            return
        if not self._may_open(scope):
            await send_problem(
                scope, refuse, 403, "origin_forbidden", "Pages of this origin may not open it."
            )
            return
        kind = self._classes[route]
        address, scheme = self._peers.of(scope)
        scope["headers"] = with_token(scope)
        try:
            caller = await self._caller(scope, route, address)
            await self._count(scope, kind, caller, address)
            if route.at_the_edge and caller is not None:
                await self._web_socket(scope, receive, send, caller)
                return
            headers = for_service(
                scope["headers"],
                authorization=caller.authorization if caller is not None else None,
                request_id=request_id_of(scope),
                client=address or None,
                scheme=scheme,
            )
            await self._web_sockets.pass_on(scope, receive, send, route, kind, headers, caller)
        except DomainError as error:
            await self._refuse(scope, refuse, error)

    def _may_open(self, scope: WebSocketScope) -> bool:
        """Programs name no origin; a browser always does, and no page can change that."""
        origins = [value for name, value in scope["headers"] if name == b"origin"]
        return not origins or (len(origins) == 1 and origins[0] in self._origins)

    async def _caller(
        self, scope: HTTPScope | WebSocketScope, route: Route, address: str
    ) -> Caller | None:
        """Who asks; None on a public route.

        Raises:
            TokenMissing, TokenInvalid, TokenExpired, TokenRevoked, Forbidden, Unavailable,
            RateLimited
        """
        if route.permission is None:
            return None
        for name, value in scope["headers"]:
            if name == b"authorization":
                token = bearer(value.decode("latin-1"))
                if is_api_key(token):
                    caller = await self._api_keys.of(token, address)
                else:
                    caller = await self._callers.of(token)
                break
        else:
            raise TokenMissing("A bearer token is needed.")
        self._revocations.check(caller)
        principal = caller.principal
        if route.permission not in principal.permissions:
            raise PermissionMissing(lacking(principal, route.permission), route.permission)
        return caller

    async def _count(
        self,
        scope: HTTPScope | WebSocketScope,
        kind: RouteClass,
        caller: Caller | None,
        address: str,
    ) -> Headers:
        if caller is not None:
            return await self._limits.of_caller(kind, caller)
        webhook = scope["path"].rpartition("/")[2] if kind.name == "webhook" else None
        return await self._limits.of_address(kind, neighbourhood(address), webhook)

    async def _refuse(self, scope: Scope, send: Send, error: DomainError) -> None:
        status = STATUS_BY_CODE.get(error.code) or STATUS[error.kind]
        told = _told(error)
        if status == HTTPStatus.UNAUTHORIZED:
            told.append(self._challenges.of(error.code))
        elif isinstance(error, PermissionMissing):
            told.append(self._challenges.to_do_more(error.permission))
        await send_problem(scope, send, status, error.code, error.detail, told)


async def _no_such_method(scope: HTTPScope, send: Send, routes: Mapping[str, Route]) -> None:
    if routes.keys() == {WEBSOCKET}:
        upgrade = [(b"upgrade", b"websocket"), (b"connection", b"upgrade")]
        await send_problem(
            scope, send, 426, "upgrade_required", "This path is opened as a WebSocket.", upgrade
        )
        return
    allow = ", ".join(sorted(routes.keys() - {WEBSOCKET})).encode()
    await send_problem(
        scope, send, 405, "method_not_allowed",
        "This path does not answer to this method.", [(b"allow", allow)],
    )  # fmt: skip


def _told(error: DomainError) -> Headers:
    if isinstance(error, RateLimited):
        return list(error.headers)
    if error.retry_after is not None:
        return [(b"retry-after", str(math.ceil(error.retry_after)).encode())]
    return []
