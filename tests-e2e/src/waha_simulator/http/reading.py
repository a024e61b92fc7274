"""What can be looked up: messages, chats, numbers, hidden numbers, files, the server."""

from http import HTTPStatus

from aiohttp import web
from msgspec import UNSET, Struct, UnsetType, field

from waha_simulator import payloads
from waha_simulator.engines import Engine
from waha_simulator.history import Filter
from waha_simulator.http.edge import (
    SIMULATOR,
    BadRequestError,
    answer,
    flag,
    number,
    problem,
    required,
)
from waha_simulator.ids import wall_clock_ms
from waha_simulator.payloads import Account
from waha_simulator.wire import JsonObject, MessagePayload, Worker

routes = web.RouteTableDef()
_ACKS = {name: number for number, name in payloads.ACK_NAMES.items()}
_NINTH_DIGIT_LENGTH = 13


class NumberExists(Struct, frozen=True, kw_only=True):
    """Whether a phone has WhatsApp, and the chat id that WhatsApp itself uses for it."""

    number_exists: bool = field(name="numberExists")
    chat_id: str | UnsetType = field(name="chatId", default=UNSET)


class LidToPhone(Struct, frozen=True, kw_only=True):
    """A hidden number and its phone; null while WhatsApp has not told."""

    lid: str | None
    pn: str | None


class Count(Struct, frozen=True, kw_only=True):
    """How many."""

    count: int


class ChatSummary(Struct, frozen=True, kw_only=True):
    """A chat of the overview."""

    id: str
    name: str | None
    picture: str | None
    last_message: MessagePayload = field(name="lastMessage")
    chat: JsonObject = field(name="_chat")


class ServerStatus(Struct, frozen=True, kw_only=True):
    """Start and age of the server in milliseconds."""

    start_timestamp: int = field(name="startTimestamp")
    uptime: int
    worker: Worker


@routes.get("/ping")
async def ping(_: web.Request) -> web.Response:
    """Whether the server answers."""
    return web.json_response({"message": "pong"})


@routes.get("/health")
async def health(_: web.Request) -> web.Response:
    """Always well: the simulator depends on nothing."""
    return web.json_response({"status": "ok", "info": {}, "error": {}, "details": {}})


@routes.get("/api/version")
@routes.get("/api/server/version")
async def version(request: web.Request) -> web.Response:
    """Version and default engine."""
    engine: Engine = request.app[SIMULATOR].engine
    return answer(payloads.environment(Account(session="", engine=engine, owner=None)))


@routes.get("/api/server/status")
async def server_status(request: web.Request) -> web.Response:
    """Start and age of the server."""
    started = request.app[SIMULATOR].started_ms
    document = ServerStatus(
        start_timestamp=started, uptime=wall_clock_ms() - started, worker=Worker()
    )
    return answer(document)


@routes.get("/api/contacts/check-exists")
async def check_exists(request: web.Request) -> web.Response:
    """WhatsApp's own chat id of a phone; a Brazilian one may come back without its ninth digit."""
    simulator = request.app[SIMULATOR]
    session = simulator.working(request.query.get("session", "default"))
    digits = "".join(one for one in required(request, "phone") if one.isdigit())
    if not digits or digits in simulator.phones_without_whatsapp:
        return answer(NumberExists(number_exists=False))
    chats = {chat for chat, _ in session.history.chats()}
    short = digits[:4] + digits[5:]
    brazilian = digits.startswith("55") and len(digits) == _NINTH_DIGIT_LENGTH
    known_short = brazilian and f"{short}@c.us" in chats
    return answer(
        NumberExists(number_exists=True, chat_id=f"{short if known_short else digits}@c.us")
    )


@routes.get("/api/{session}/lids")
async def list_lids(request: web.Request) -> web.Response:
    """Every hidden number that the session has seen."""
    session = request.app[SIMULATOR].working(request.match_info["session"])
    first = number(request, "offset", 0) or 0
    size = number(request, "limit", 100) or 100
    page = session.history.lids()[first : first + size]
    return answer([LidToPhone(lid=lid, pn=phone) for lid, phone in page])


@routes.get("/api/{session}/lids/count")
async def count_lids(request: web.Request) -> web.Response:
    """How many there are."""
    session = request.app[SIMULATOR].working(request.match_info["session"])
    return answer(Count(count=len(session.history.lids())))


@routes.get("/api/{session}/lids/{lid}")
async def get_lid(request: web.Request) -> web.Response:
    """The phone behind a hidden number."""
    session = request.app[SIMULATOR].working(request.match_info["session"])
    lid = request.match_info["lid"].removesuffix("@lid") + "@lid"
    return answer(LidToPhone(lid=lid, pn=session.history.phone_of(lid)))


@routes.get("/api/{session}/lids/pn/{phone}")
async def get_lid_of_phone(request: web.Request) -> web.Response:
    """The hidden number of a phone."""
    session = request.app[SIMULATOR].working(request.match_info["session"])
    phone = request.match_info["phone"].removesuffix("@c.us") + "@c.us"
    return answer(LidToPhone(lid=session.history.lid_of(phone), pn=phone))


@routes.get("/api/{session}/chats/overview")
async def chats_overview(request: web.Request) -> web.Response:
    """Chats with their last message, the liveliest first."""
    simulator = request.app[SIMULATOR]
    session = simulator.working(request.match_info["session"])
    first = number(request, "offset", 0) or 0
    size = number(request, "limit", 20) or 20
    account = session.account(simulator.files_url)
    page = session.history.chats()[first : first + size]
    summaries = [
        ChatSummary(
            id=chat,
            name=last.person.name or None,
            picture=None,
            last_message=payloads.message_payload(account, last),
            chat={},
        )
        for chat, last in page
    ]
    return answer(summaries)


@routes.get("/api/{session}/chats/{chat_id}/messages")
async def chat_messages(request: web.Request) -> web.Response:
    """A chat's history, newest first: what reconciliation reads."""
    simulator = request.app[SIMULATOR]
    session = simulator.working(request.match_info["session"])
    ack = request.query.get("filter.ack")
    if ack is not None and ack not in _ACKS:
        raise BadRequestError("filter.ack must be one of " + ", ".join(_ACKS))
    if not simulator.answers.shows_page():
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")
    wanted = Filter(
        limit=number(request, "limit", 10) or 10,
        offset=number(request, "offset", 0) or 0,
        ascending=request.query.get("sortOrder") == "asc",
        at_least=number(request, "filter.timestamp.gte"),
        at_most=number(request, "filter.timestamp.lte"),
        from_me=flag(request, "filter.fromMe"),
        ack=None if ack is None else _ACKS[ack],
    )
    account = session.account(simulator.files_url)
    found = session.history.of_chat(request.match_info["chat_id"], wanted)
    return answer([payloads.message_payload(account, message) for message in found])


@routes.get("/api/{session}/chats/{chat_id}/messages/{message_id}")
async def chat_message(request: web.Request) -> web.Response:
    """One message."""
    simulator = request.app[SIMULATOR]
    session = simulator.working(request.match_info["session"])
    message = simulator.message(session, request.match_info["message_id"])
    return answer(payloads.message_payload(session.account(simulator.files_url), message))
