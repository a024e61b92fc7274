"""/v1/channels/{channel_id}/connection: pair the number with a phone."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, JSONBody

from platform_http import Caller, Writes
from ventros_channels.domain.lifecycle import PasskeyAssertion, PasskeyChallenge
from ventros_channels.http.connection_schemas import (
    PROVIDER,
    CodeView,
    ConnectionView,
    PairingCodeBody,
    QrView,
    connection_view,
)
from ventros_channels.http.connections import OK, Calls, reached

_PNG: Final = "image/png"
_JSON: Final = "application/json"
_NOT_KEPT: Final = {"cache-control": "no-store", "vary": "Accept"}
"""Whoever has a code can pair: it stays in no cache on the way."""

_TEXT: Final = {
    "type": "object",
    "required": ["value"],
    "properties": {"value": {"type": "string", "description": "Draw it as a QR code."}},
}
_QR: Final[dict[str, Any]] = {
    "responses": {
        **PROVIDER["responses"],
        "200": {
            "description": "The code: a picture or, to `Accept: application/json`, its text.",
            "content": {
                _PNG: {"schema": {"type": "string", "format": "binary"}},
                _JSON: {"schema": _TEXT},
            },
        },
    }
}


class Pairing(Controller):
    """Ways of pairing. Whoever gets a code can connect a phone of theirs, so that reading one takes
    the permission to change the channel."""

    path = "/v1/channels/{channel_id:uuid}/connection"
    tags = ("channels",)

    @get("/qr", operation_id="read_pairing_qr", described=_QR, media_type=_PNG)
    async def qr(
        self,
        channel_id: FromPath[UUID],
        principal: Caller,
        acts: Calls,
        request: Request[Any, Any, Any],
    ) -> Response[bytes]:
        """The QR code to scan with the phone. It changes about every 20 seconds: ask again.

        A PNG, or what it says for who accepts `application/json` and no picture.
        """
        found = await reached(acts, principal, channel_id)
        accepted = request.headers.get("accept", "")
        if _JSON in accepted and "image/" not in accepted:
            text = msgspec.json.encode(QrView(value=await found.lifecycle.qr_text(found.at)))
            return Response(text, media_type=_JSON, headers=_NOT_KEPT)
        picture = await found.lifecycle.qr_picture(found.at)
        return Response(picture, media_type=_PNG, headers=_NOT_KEPT)

    @post(
        "/pairing-code",
        operation_id="request_pairing_code",
        status_code=OK,
        described=PROVIDER,
        answer="secret",
    )
    async def pairing_code(
        self,
        channel_id: FromPath[UUID],
        data: JSONBody[PairingCodeBody],
        principal: Caller,
        writer: Writes,
        acts: Calls,
    ) -> CodeView:
        """A code to type on the phone with this number, in place of scanning."""
        found = await reached(acts, principal, channel_id)
        code = await found.lifecycle.pairing_code(found.at, data.phone)
        async with writer(principal):  # Nothing is written, and an Idempotency-Key counts.
            return CodeView(code=code)

    @get("/passkey", operation_id="read_passkey_challenge", described=PROVIDER)
    async def challenge(
        self, channel_id: FromPath[UUID], principal: Caller, acts: Calls
    ) -> PasskeyChallenge:
        """What a passkey has to sign, while the connection is `PASSKEY_REQUIRED`.

        The argument `publicKey` of `navigator.credentials.get()`, on the origin that `rpId` names.
        """
        found = await reached(acts, principal, channel_id)
        return await found.lifecycle.passkey_challenge(found.at)

    @post("/passkey", operation_id="answer_passkey", status_code=OK, described=PROVIDER)
    async def answer(
        self,
        channel_id: FromPath[UUID],
        data: JSONBody[PasskeyAssertion],
        principal: Caller,
        writer: Writes,
        acts: Calls,
    ) -> ConnectionView:
        """What it signed, as a browser's `toJSON()` gives it."""
        found = await reached(acts, principal, channel_id)
        await found.lifecycle.answer_passkey(found.at, data)
        state = await found.lifecycle.state(found.at)
        async with writer(principal):
            return connection_view(state)

    @get("/passkey/code", operation_id="read_passkey_code", described=PROVIDER)
    async def code(self, channel_id: FromPath[UUID], principal: Caller, acts: Calls) -> CodeView:
        """The code to compare, while the connection is `PASSKEY_CONFIRMATION_REQUIRED`."""
        found = await reached(acts, principal, channel_id)
        return CodeView(code=await found.lifecycle.passkey_code(found.at))

    @post("/passkey/confirm", operation_id="confirm_passkey", status_code=OK, described=PROVIDER)
    async def confirm(
        self, channel_id: FromPath[UUID], principal: Caller, writer: Writes, acts: Calls
    ) -> ConnectionView:
        """The code is the one that the phone shows."""
        found = await reached(acts, principal, channel_id)
        await found.lifecycle.confirm_passkey(found.at)
        state = await found.lifecycle.state(found.at)
        async with writer(principal):
            return connection_view(state)


__all__ = ["Pairing"]
