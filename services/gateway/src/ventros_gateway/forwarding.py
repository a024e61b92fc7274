"""One request to one service: its deadline, its circuit, and what is said when no answer comes."""

import math
from asyncio import sleep as pause
from collections.abc import Mapping
from typing import Final

import aiohttp
from litestar.types import HTTPScope, Message, Receive
from multidict import CIMultiDict
from yarl import URL

from platform_auth.routes import Route
from platform_http.raw import send_problem
from platform_telemetry import get_logger
from ventros_gateway.answers import Answer, is_small, pass_on
from ventros_gateway.bodies import Body, BodyRefused, ClientGone
from ventros_gateway.callers import Caller
from ventros_gateway.circuits import Circuit
from ventros_gateway.revocations import DenyMap
from ventros_gateway.route_classes import SAFE, RouteClass
from ventros_gateway.upstream import Upstream, timeouts

log = get_logger(__name__)

# A service that is being started anew is back soon.
RETRY_SECONDS: Final = 0.1

_SKIPPED: Final = frozenset({"Accept", "Accept-Encoding", "User-Agent", "Content-Type"})
# Nothing of the request has been handled.
_NOT_CONNECTED: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
# A kept connection that the service closed as the request came: it may have been handled.
_UNANSWERED: Final = (*_NOT_CONNECTED, aiohttp.ServerDisconnectedError, ConnectionResetError)


class Forwarder:
    """Sends requests on, and their answers back."""

    def __init__(self, upstream: Upstream, services: Mapping[str, str], denied: DenyMap) -> None:
        self._upstream = upstream
        self._denied = denied
        self._bases = {name: url.rstrip("/") for name, url in services.items()}
        self._circuits = {name: Circuit() for name in services}
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    async def forward(
        self,
        scope: HTTPScope,
        receive: Receive,
        send: Answer,
        route: Route,
        kind: RouteClass,
        headers: CIMultiDict[str],
        caller: Caller | None,
    ) -> None:
        """Answer the request with what the service says, or with a problem."""
        circuit = self._circuits[route.service]
        body = Body(receive, limit=kind.body)
        try:
            data = await body.begin(scope["headers"])
        except ClientGone:
            return
        except BodyRefused as refusal:
            await _refuse(scope, send, body, refusal)
            return
        wait = circuit.admit()
        if wait:
            await _away(scope, send, route.service, wait)
            return
        try:
            async with await self._request(scope, route.service, kind, headers, data) as answer:
                circuit.succeeded()
                stays = receive if body.ended else None
                if is_small(answer) or caller is None:
                    await pass_on(answer, stays, send)
                else:
                    with self._denied.watch(caller, answer.close):
                        await pass_on(answer, stays, send)
        except ClientGone:
            log.info("client_gone", route=route.path)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if send.begun:
                # Half an answer is out; only breaking the connection tells the client.
                raise
            if body.failure is None:
                await self._failed(scope, send, route, circuit, error)
            elif isinstance(body.failure, BodyRefused):
                await _refuse(scope, send, body, body.failure)
        finally:
            circuit.released()

    async def _request(
        self,
        scope: HTTPScope,
        service: str,
        kind: RouteClass,
        headers: CIMultiDict[str],
        data: object,
    ) -> aiohttp.ClientResponse:
        method = scope["method"]
        once_more = method in SAFE and (data is None or isinstance(data, bytes))
        while True:
            try:
                return await self._upstream.session.request(
                    method,
                    self._url(service, scope),
                    data=data,
                    headers=headers,
                    skip_auto_headers=_SKIPPED,
                    allow_redirects=False,
                    timeout=self._timeout(kind.answer),
                )
            except _UNANSWERED:
                if not once_more:
                    raise
                once_more = False
                await pause(RETRY_SECONDS)

    async def _failed(
        self, scope: HTTPScope, send: Answer, route: Route, circuit: Circuit, error: Exception
    ) -> None:
        service = route.service
        log.warning(
            "upstream_failed", service=service, route=route.path, error=type(error).__name__
        )
        if isinstance(error, _NOT_CONNECTED):
            circuit.failed()
            # Nothing was sent: trying again is safe.
            await _away(scope, send, service, 1)
        elif isinstance(error, TimeoutError):
            circuit.failed()
            await send_problem(
                scope, send, 504, "upstream_timeout", f"The {service} service took too long."
            )
        else:
            await send_problem(
                scope, send, 502, "upstream_failed",
                f"The {service} service hung up; the outcome is not known.",
            )  # fmt: skip

    def _url(self, service: str, scope: HTTPScope) -> URL:
        query = scope["query_string"]
        target = f"{self._bases[service]}{scope['path']}"
        if query:
            target = f"{target}?{query.decode('latin-1')}"
        return URL(target, encoded=True)

    def _timeout(self, answer: float) -> aiohttp.ClientTimeout:
        known = self._timeouts.get(answer)
        if known is None:
            known = self._timeouts[answer] = timeouts(answer)
        return known


async def _away(scope: HTTPScope, send: Answer, service: str, seconds: float) -> None:
    retry_after = str(math.ceil(seconds)).encode()
    await send_problem(
        scope, send, 503, "upstream_unavailable", f"The {service} service is away. Try again.",
        [(b"retry-after", retry_after)],
    )  # fmt: skip


async def _refuse(scope: HTTPScope, send: Answer, body: Body, refusal: BodyRefused) -> None:
    """Say no while the client still sends, and listen until it has heard: a connection that is
    closed with bytes unread takes the answer with it.
    """

    async def keep_open(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["more_body"] = True
        await send(message)

    close = [(b"connection", b"close")]
    await send_problem(scope, keep_open, refusal.status, refusal.code, refusal.detail, close)
    await body.discard()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
