"""What is done to chats and messages that are there: archives, labels, votes, and passing on."""

from aiohttp import web
from msgspec import Struct, field

from waha_simulator import payloads
from waha_simulator.contents import Kind
from waha_simulator.engines import Engine
from waha_simulator.http.edge import SIMULATOR, answer, body
from waha_simulator.http.requests import Required, ToChat
from waha_simulator.ids import wall_clock_ms
from waha_simulator.sessions import Act, Session
from waha_simulator.simulator import Simulator, UnknownMessageError

routes = web.RouteTableDef()


class ForwardMessage(ToChat, frozen=True, kw_only=True):
    """POST /api/forwardMessage."""

    message_id: Required = field(name="messageId")
    id: str | None = None


class SendPollVote(ToChat, frozen=True, kw_only=True):
    """POST /api/sendPollVote."""

    poll_message_id: Required = field(name="pollMessageId")
    votes: tuple[str, ...]


class LabelId(Struct, frozen=True, kw_only=True):
    """One of the labels of a chat."""

    id: Required


class SetLabels(Struct, frozen=True, kw_only=True):
    """PUT /api/{session}/labels/chats/{chatId}."""

    labels: tuple[LabelId, ...]


class Label(Struct, frozen=True, kw_only=True):
    """A label of the account."""

    id: str
    name: str
    color: int = 1
    color_hex: str = field(name="colorHex", default="#00a0f2")


def _session(request: web.Request) -> Session:
    return request.app[SIMULATOR].working(request.match_info["session"])


@routes.post("/api/forwardMessage")
async def forward_message(request: web.Request) -> web.Response:
    """Pass a message of the history on into another chat; GOWS cannot."""
    wanted = await body(request, ForwardMessage)
    simulator = request.app[SIMULATOR]
    session = simulator.working(wanted.session)
    if session.engine is Engine.GOWS:
        return answer({"statusCode": 501, "message": "Not implemented by GOWS"}, 501)
    original = simulator.message(session, wanted.message_id)
    message = simulator.send(session, wanted.chat_id, original.content, stanza=wanted.id)
    session.acts.append(Act(kind="forward", chat_id=wanted.chat_id, message_id=wanted.message_id))
    return answer(payloads.message_payload(session.account(simulator.files_url), message), 201)


@routes.post("/api/sendPollVote")
async def send_poll_vote(request: web.Request) -> web.Response:
    """Vote, with all that is chosen."""
    wanted = await body(request, SendPollVote)
    simulator = request.app[SIMULATOR]
    session = simulator.working(wanted.session)
    poll = simulator.message(session, wanted.poll_message_id)
    if poll.content.kind is not Kind.POLL:
        raise UnknownMessageError(wanted.poll_message_id)
    value = ",".join(wanted.votes)
    session.acts.append(
        Act(kind="vote", chat_id=wanted.chat_id, message_id=wanted.poll_message_id, value=value)
    )
    return answer(None, 201)


@routes.post("/api/{session}/chats/{chat_id}/archive")
async def archive(request: web.Request) -> web.Response:
    """Put a chat away."""
    return _archived(request, archived=True)


@routes.post("/api/{session}/chats/{chat_id}/unarchive")
async def unarchive(request: web.Request) -> web.Response:
    """Put a chat in sight again."""
    return _archived(request, archived=False)


def _archived(request: web.Request, *, archived: bool) -> web.Response:
    session, chat = _session(request), request.match_info["chat_id"]
    session.acts.append(Act(kind="archive" if archived else "unarchive", chat_id=chat))
    payload = {"id": chat, "timestamp": wall_clock_ms() // 1000, "archived": archived}
    request.app[SIMULATOR].emit(session, "chat.archive", payload)
    return answer(None, 201)


@routes.get("/api/{session}/labels/chats/{chat_id}")
async def labels_of_chat(request: web.Request) -> web.Response:
    """The labels of a chat."""
    session = _session(request)
    given = session.chat_labels.get(request.match_info["chat_id"], ())
    return answer([Label(id=one, name=session.labels.get(one, "")) for one in given])


@routes.put("/api/{session}/labels/chats/{chat_id}")
async def put_labels(request: web.Request) -> web.Response:
    """Give a chat these labels and no others."""
    wanted = await body(request, SetLabels)
    session, chat = _session(request), request.match_info["chat_id"]
    before = set(session.chat_labels.get(chat, ()))
    after = tuple(dict.fromkeys(one.id for one in wanted.labels))
    session.chat_labels[chat] = after
    _tell(request.app[SIMULATOR], session, chat, "label.chat.added", set(after) - before)
    _tell(request.app[SIMULATOR], session, chat, "label.chat.deleted", before - set(after))
    return answer(None)


def _tell(
    simulator: Simulator, session: Session, chat: str, event: str, label_ids: set[str]
) -> None:
    for label_id in sorted(label_ids):
        payload = {"labelId": label_id, "chatId": chat, "label": None}
        simulator.emit(session, event, payload)


@routes.get("/simulator/sessions/{session}/acts")
async def acts(request: web.Request) -> web.Response:
    """What the API was asked to do to chats and messages, in order."""
    return answer(_session(request).acts)
