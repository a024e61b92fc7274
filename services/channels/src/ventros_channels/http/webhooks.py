"""POST /webhooks/{webhook_id}: the hottest route of the system.

It answers from a middleware of its route: routing, the request id, metrics and problem+json are
the application's, but nothing parses, validates or builds a response object for it (50 µs of CPU
a request instead of 175).
"""

from dataclasses import dataclass

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send

from platform_core.errors import TooLarge
from platform_http import Problem
from platform_http.problems import MEDIA_TYPE
from ventros_channels.http.ingress import Ingress

_SIGNATURE = b"x-webhook-hmac"
_LENGTH = b"content-length"


@dataclass
class ReceiveWebhook(Operation):
    """What the document says of the body and the headers: no handler reads them."""

    def __post_init__(self) -> None:
        """Add them."""
        self.parameters = [*(self.parameters or []), *_headers()]
        self.request_body = RequestBody(
            description="An event as WAHA sends it, at most 1 MiB. Its raw bytes are signed.",
            required=True,
            content={
                "application/json": OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.OBJECT,
                        required=["event"],
                        properties={
                            "id": Schema(
                                description="WAHA's id of the event; one id is stored once."
                            ),
                            "event": Schema(
                                type=OpenAPIType.STRING,
                                description="Which event it is.",
                                examples=["message.any"],
                            ),
                            "payload": Schema(description="What the event carries."),
                        },
                    )
                )
            },
        )


def _headers() -> list[Parameter]:
    return [
        Parameter(
            name="X-Webhook-Hmac",
            param_in="header",
            required=True,
            description="Hex HMAC-SHA512 of the raw body under the channel's secret.",
            schema=Schema(type=OpenAPIType.STRING, pattern="^[0-9a-fA-F]{128}$"),
        ),
        Parameter(
            name="X-Webhook-Hmac-Algorithm",
            param_in="header",
            description="WAHA says `sha512` here. It is not read: no other algorithm is accepted.",
            schema=Schema(type=OpenAPIType.STRING, examples=["sha512"]),
        ),
    ]


class AnswerWebhooks(ASGIMiddleware):
    """Reads the raw body, has it stored, answers 200 with nothing in it."""

    def __init__(self, ingress: Ingress, max_body_bytes: int) -> None:
        self._ingress = ingress
        self._max = max_body_bytes

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:  # noqa: ARG002 - it is the end of the way
        """One request, to its answer."""
        signature, length = "", ""
        for name, value in scope["headers"]:
            if name == _SIGNATURE:
                signature = value.decode("latin-1")
            elif name == _LENGTH:
                length = value.decode("latin-1")
        if length.isdecimal() and int(length) > self._max:
            raise self._too_large()
        body = await self._read(receive)
        if body is None:
            return
        await self._ingress.receive(scope["path_params"]["webhook_id"], body, signature)
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-length", b"0")],
            }
        )
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body; None when the client has gone."""
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            chunk: bytes = message.get("body", b"")  # type: ignore[assignment]
            size += len(chunk)
            if size > self._max:
                raise self._too_large()
            chunks.append(chunk)
            if not message.get("more_body", False):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"A webhook has at most {self._max} bytes.", code="body_too_large")


def webhook_route(ingress: Ingress, max_body_bytes: int) -> HTTPRouteHandler:
    """The route for `create_app`."""

    @post(
        "/webhooks/{webhook_id:str}",
        operation_id="receive_webhook",
        operation_class=ReceiveWebhook,
        status_code=200,
        middleware=[AnswerWebhooks(ingress, max_body_bytes)],
        tags=["webhooks"],
        summary="Take an event of WAHA",
        response_description="Stored, now or before.",
        responses={
            401: ResponseSpec(
                Problem, description="The signature does not fit the body.", media_type=MEDIA_TYPE
            )
        },
    )
    async def receive_webhook(webhook_id: FromPath[str]) -> Response[None]:
        """Take an event that WAHA posts; 200 means that it is stored.

        The body is WAHA's, at most 1 MiB. `X-Webhook-Hmac` carries the hex HMAC-SHA512 of its
        raw bytes under the channel's secret. A repeated event is stored once and answered 200.
        """
        raise AssertionError(f"{webhook_id} was to be answered by the middleware")

    return receive_webhook
