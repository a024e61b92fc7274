"""/webhooks/{webhook_id}: what providers post, the hottest route of the system, and the question
with which Meta makes sure of an address.

The POST answers from a middleware of its route: routing, the request id, metrics and problem+json
are the application's, but nothing parses, validates or builds a response object for it (50 µs of
CPU a request instead of 175).
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from litestar import MediaType, Response, get, post
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
from litestar.params import FromPath, QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Meta

from platform_core.errors import TooLarge
from platform_http import Problem
from platform_http.problems import MEDIA_TYPE
from ventros_channels.http.ingress import Ingress, Signatures

_SIGNATURE = b"x-webhook-hmac"
_HUB_SIGNATURE = b"x-hub-signature-256"
_LENGTH = b"content-length"


@dataclass
class ReceiveWebhook(Operation):
    """What the document says of the body and the headers: no handler reads them."""

    def __post_init__(self) -> None:
        """Add them."""
        self.parameters = [*(self.parameters or []), *_headers()]
        self.request_body = RequestBody(
            description="What the provider posts, at most 3 MiB. Its raw bytes are signed.",
            required=True,
            content={
                "application/json": OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.OBJECT,
                        properties={
                            "entry": Schema(
                                description="Meta's: what it tells, by account; required there."
                            ),
                            "id": Schema(
                                description="WAHA's id of the event; one id is stored once."
                            ),
                            "event": Schema(
                                type=OpenAPIType.STRING,
                                description="WAHA's: which event it is; required there.",
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
            description="WAHA's: hex HMAC-SHA512 of the raw body under the channel's secret.",
            schema=Schema(type=OpenAPIType.STRING, pattern=r"^[0-9a-fA-F]{128}(?![\s\S])"),
        ),
        Parameter(
            name="X-Webhook-Hmac-Algorithm",
            param_in="header",
            description="WAHA says `sha512` here. It is not read: no other algorithm is accepted.",
            schema=Schema(type=OpenAPIType.STRING, examples=["sha512"]),
        ),
        Parameter(
            name="X-Hub-Signature-256",
            param_in="header",
            description="Meta's: `sha256=` and hex HMAC-SHA256 of the raw body, by the app secret.",
            schema=Schema(type=OpenAPIType.STRING, pattern=r"^sha256=[0-9a-fA-F]{64}(?![\s\S])"),
        ),
    ]


class AnswerWebhooks(ASGIMiddleware):
    """Reads the raw body, has it stored, answers 200 with nothing in it."""

    def __init__(self, ingress: Ingress, max_body_bytes: int) -> None:
        self._ingress = ingress
        self._max = max_body_bytes

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:  # noqa: ARG002 - it is the end of the way
        """One request, to its answer."""
        signature, hub_signature, length = "", "", ""
        for name, value in scope["headers"]:
            if name == _SIGNATURE:
                signature = value.decode("latin-1")
            elif name == _HUB_SIGNATURE:
                hub_signature = value.decode("latin-1")
            elif name == _LENGTH:
                length = value.decode("latin-1")
        if length.isdecimal() and int(length) > self._max:
            raise self._too_large()
        body = await self._read(receive)
        if body is None:
            return
        signatures = Signatures(signature, hub_signature)
        await self._ingress.receive(scope["path_params"]["webhook_id"], body, signatures)
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
        summary="Take what a provider posts",
        response_description="Stored, now or before.",
        responses={
            401: ResponseSpec(
                Problem, description="The signature does not fit the body.", media_type=MEDIA_TYPE
            )
        },
    )
    async def receive_webhook(webhook_id: FromPath[str]) -> Response[None]:
        """Take what a provider posts; 200 means that it is stored.

        The body is the provider's, at most 3 MiB. WAHA signs its raw bytes with `X-Webhook-Hmac`,
        Meta with `X-Hub-Signature-256`. What is repeated is stored once and answered 200.
        """
        raise AssertionError(f"{webhook_id} was to be answered by the middleware")

    return receive_webhook


Shown = Annotated[str, Meta(min_length=1, max_length=512, pattern=r"^[!-~]+(?![\s\S])")]
"""Visible ASCII characters."""


def handshake_route(ingress: Ingress) -> HTTPRouteHandler:
    """The route for `create_app`."""

    @get(
        "/webhooks/{webhook_id:str}",
        operation_id="verify_webhook",
        media_type=MediaType.TEXT,
        tags=["webhooks"],
        summary="Confirm the address to Meta",
        response_description="The challenge, as it was sent.",
        responses={
            403: ResponseSpec(
                Problem,
                description="The token is not the channel's.",
                media_type=MEDIA_TYPE,
                generate_examples=False,
            )
        },
    )
    async def verify_webhook(
        webhook_id: FromPath[str],
        mode: Annotated[
            Literal["subscribe"], QueryParameter(name="hub.mode", description="What Meta wants.")
        ],
        challenge: Annotated[
            Shown, QueryParameter(name="hub.challenge", description="What is to be answered.")
        ],
        token: Annotated[
            Shown,
            QueryParameter(name="hub.verify_token", description="The channel's verify token."),
        ],
    ) -> str:
        """Answer with the challenge when the token is the channel's: Meta posts here from then
        on."""
        del mode  # there is no other
        await ingress.confirm(webhook_id, token)
        return challenge

    return verify_webhook
