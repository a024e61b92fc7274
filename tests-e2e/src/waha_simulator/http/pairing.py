"""/api/{session}/auth: the codes of a session; /simulator: what the phone does with them."""

import base64

from aiohttp import web
from msgspec import Struct, field

from waha_simulator import pairing
from waha_simulator.http.edge import SIMULATOR, answer, body
from waha_simulator.http.requests import RequestCode, Required
from waha_simulator.people import Person
from waha_simulator.sessions import Session

routes = web.RouteTableDef()


class EngineAnswer(Struct, frozen=True, kw_only=True):
    """A QR code as WhatsApp wants it scanned."""

    value: str


class Image(Struct, frozen=True, kw_only=True):
    """A file in a document: MIME type and base64."""

    mimetype: str
    data: str


class Code(Struct, frozen=True, kw_only=True):
    """A code to type, or to compare."""

    code: str


class Signed(Struct, frozen=True, kw_only=True, rename="camel"):
    """What an authenticator signed, in base64url."""

    client_data_json: Required = field(name="clientDataJSON")
    authenticator_data: Required
    signature: Required
    user_handle: str | None = None


class Assertion(Struct, frozen=True, kw_only=True, rename="camel"):
    """POST /api/{session}/auth/passkey."""

    id: Required
    raw_id: Required
    type: Required
    response: Signed


class Scan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The phone of `owner` scans the QR code that says `text`."""

    text: str
    owner: Person


class TypeCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`owner` types the pairing code."""

    code: str
    owner: Person


class RequirePasskey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """WhatsApp asks `owner` for a passkey."""

    owner: Person


def _named(request: web.Request) -> Session:
    return request.app[SIMULATOR].get(request.match_info["session"])


@routes.get("/api/{session}/auth/qr")
async def get_qr(request: web.Request) -> web.Response:
    """The QR code: its text with `?format=raw`, else an image, as JSON when JSON is accepted."""
    session = _named(request)
    if request.query.get("format", "image") == "raw":
        return answer(EngineAnswer(value=pairing.qr_text(session)))
    picture = pairing.qr_picture(session)
    if "application/json" in request.headers.get("Accept", ""):
        return answer(Image(mimetype="image/png", data=base64.b64encode(picture).decode()))
    return web.Response(body=picture, content_type="image/png")


@routes.post("/api/{session}/auth/request-code")
async def request_code(request: web.Request) -> web.Response:
    """A pairing code instead of the QR code."""
    wanted = await body(request, RequestCode)
    return answer(Code(code=pairing.pairing_code(_named(request), wanted.phone_number)), 201)


@routes.get("/api/{session}/auth/passkey/challenge")
async def get_challenge(request: web.Request) -> web.Response:
    """What a passkey has to sign."""
    return answer(pairing.challenge(_named(request)))


@routes.post("/api/{session}/auth/passkey")
async def post_assertion(request: web.Request) -> web.Response:
    """What it signed."""
    wanted = await body(request, Assertion)
    pairing.sign(request.app[SIMULATOR], _named(request), wanted.id)
    return answer(None, 201)


@routes.get("/api/{session}/auth/passkey/confirmation")
async def get_confirmation(request: web.Request) -> web.Response:
    """The code to compare."""
    return answer(Code(code=pairing.confirmation(_named(request))))


@routes.post("/api/{session}/auth/passkey/confirm")
async def post_confirmation(request: web.Request) -> web.Response:
    """It is the same."""
    pairing.confirm(request.app[SIMULATOR], _named(request))
    return answer(None, 201)


@routes.post("/simulator/sessions/{session}/scan")
async def scan(request: web.Request) -> web.Response:
    """A phone scans the code that the session shows; the session becomes WORKING."""
    wanted = await body(request, Scan)
    pairing.scan(request.app[SIMULATOR], _named(request), wanted.text, wanted.owner)
    return answer(None, 204)


@routes.post("/simulator/sessions/{session}/type-code")
async def type_code(request: web.Request) -> web.Response:
    """The pairing code is typed on the phone; the session becomes WORKING."""
    wanted = await body(request, TypeCode)
    pairing.type_code(request.app[SIMULATOR], _named(request), wanted.code, wanted.owner)
    return answer(None, 204)


@routes.post("/simulator/sessions/{session}/require-passkey")
async def require_passkey(request: web.Request) -> web.Response:
    """WhatsApp wants a passkey before it pairs."""
    wanted = await body(request, RequirePasskey)
    pairing.require_passkey(request.app[SIMULATOR], _named(request), wanted.owner)
    return answer(None, 204)
