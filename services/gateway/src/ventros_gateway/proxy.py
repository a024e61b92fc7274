"""The edge itself: find the route, admit the caller, count the request, forward it.

Plain ASGI, because every request of the system pays for what is done here.
"""

import math
from collections.abc import Mapping
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from platform_auth.api_keys import is_api_key
from platform_auth.errors import TokenMissing
from platform_auth.jwt import bearer
from platform_auth.principal import lacking
from platform_auth.routes import GATEWAY, ROUTES, Matcher, Route
from platform_core.errors import DomainError, Forbidden
from platform_http.problems import STATUS, STATUS_BY_CODE
from platform_http.raw import send_problem
from platform_http.request_id import request_id_of
from ventros_gateway.addresses import Peers, neighbourhood
from ventros_gateway.answers import Answer
from ventros_gateway.api_keys import ApiKeys
from ventros_gateway.callers import Caller, Callers
from ventros_gateway.forwarding import Forwarder
from ventros_gateway.headers import Headers, for_service
from ventros_gateway.limits import Limits, RateLimited
from ventros_gateway.paths import is_plain
from ventros_gateway.revocations import Revocations
from ventros_gateway.route_classes import RouteClass, class_name

FORWARDED: Final = tuple(route for route in ROUTES if route.service != GATEWAY)


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
    ) -> None:
        self._own = own
        self._callers = callers
        self._api_keys = api_keys
        self._revocations = revocations
        self._limits = limits
        self._peers = peers
        self._forwarder = forwarder
        self._routes = Matcher(FORWARDED)
        self._classes = {route: classes[class_name(route)] for route in FORWARDED}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is not HTTP is not served."""
        if scope["type"] == ScopeType.HTTP:
            await self._serve(scope, receive, send)
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
            allow = ", ".join(sorted(routes)).encode()
            await send_problem(
                scope, send, 405, "method_not_allowed",
                "This path does not answer to this method.", [(b"allow", allow)],
            )  # fmt: skip
            return
        scope["path_template"] = route.path
        kind = self._classes[route]
        address, scheme = self._peers.of(scope)
        try:
            caller = await self._caller(scope, route, address)
            left = await self._count(scope, kind, caller, address)
        except DomainError as error:
            status = STATUS_BY_CODE.get(error.code) or STATUS[error.kind]
            told = _told(error)
            await send_problem(scope, send, status, error.code, error.detail, told)
            return
        headers = for_service(
            scope["headers"],
            authorization=caller.authorization if caller is not None else None,
            request_id=request_id_of(scope),
            client=address or None,
            scheme=scheme,
        )
        answer = Answer(send, left)
        await self._forwarder.forward(scope, receive, answer, route, kind, headers, caller)

    async def _caller(self, scope: HTTPScope, route: Route, address: str) -> Caller | None:
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
            raise Forbidden(lacking(principal, route.permission))
        return caller

    async def _count(
        self, scope: HTTPScope, kind: RouteClass, caller: Caller | None, address: str
    ) -> Headers:
        if caller is not None:
            return await self._limits.of_caller(kind, caller)
        webhook = scope["path"].rpartition("/")[2] if kind.name == "webhook" else None
        return await self._limits.of_address(kind, neighbourhood(address), webhook)


def _told(error: DomainError) -> Headers:
    if isinstance(error, RateLimited):
        return error.headers
    if error.retry_after is not None:
        return [(b"retry-after", str(math.ceil(error.retry_after)).encode())]
    return []
