"""Everything that sends: messages of each kind, seen, typing, reactions, edits, deletions."""

import asyncio
from base64 import b64decode
from http import HTTPStatus

from aiohttp import web
from msgspec import Struct

from waha_simulator import payloads
from waha_simulator.answering import Fate
from waha_simulator.contents import (
    Content,
    Kind,
    Location,
    MediaFile,
    Poll,
    Quoted,
)
from waha_simulator.engines import Engine
from waha_simulator.http.edge import SIMULATOR, BadRequestError, answer, body, problem
from waha_simulator.http.requests import (
    EditMessage,
    File,
    PutReaction,
    SendContacts,
    SendFile,
    Sending,
    SendList,
    SendLocation,
    SendPoll,
    SendSeen,
    SendText,
    SendVideo,
    SendVoice,
    ToChat,
)
from waha_simulator.sessions import Act, Session

routes = web.RouteTableDef()


class NewMessageId(Struct, frozen=True, kw_only=True):
    """An id that a later send may take."""

    id: str


class ReactionAnswer(Struct, frozen=True, kw_only=True):
    """The id of the reaction."""

    id: str


def _quoted(session: Session, files_url: str, reply_to: str | None) -> Quoted | None:
    if reply_to is None:
        return None
    known = session.history.find(reply_to)
    if known is None:
        return Quoted(stanza=reply_to.split("_")[-1], participant="", body="")
    payload = payloads.message_payload(session.account(files_url), known)
    return Quoted(stanza=known.stanza, participant=payload.from_, body=known.content.text or "")


async def _send(request: web.Request, sending: Sending, content: Content) -> web.Response:
    simulator = request.app[SIMULATOR]
    session = simulator.working(sending.session)
    quoted = _quoted(session, simulator.files_url, sending.reply_to)
    if quoted is not None:
        content = Content(
            kind=content.kind,
            text=content.text,
            media=content.media,
            location=content.location,
            contacts=content.contacts,
            poll=content.poll,
            offer=content.offer,
            quoted=quoted,
        )
    fate = simulator.answers.next()
    if fate is Fate.REFUSED:
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")
    message = simulator.send(session, sending.chat_id, content, stanza=sending.id)
    if fate is Fate.TWICE:
        simulator.send(session, sending.chat_id, content)
    account = session.account(simulator.files_url)
    if simulator.answers.after_seconds:
        await asyncio.sleep(simulator.answers.after_seconds)
    if fate is Fate.FAILED:
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")
    if fate is Fate.CUT and request.transport is not None:
        request.transport.close()
    return answer(payloads.message_payload(account, message), 201)


def _file(file: File) -> MediaFile:
    if file.data is None:
        return MediaFile(mimetype=file.mimetype, filename=file.filename)
    try:
        data = b64decode(file.data, validate=True)
    except ValueError as error:
        raise BadRequestError("file.data is not base64") from error
    return MediaFile(mimetype=file.mimetype, filename=file.filename, size=len(data), data=data)


@routes.post("/api/sendText")
async def send_text(request: web.Request) -> web.Response:
    """A text."""
    wanted = await body(request, SendText)
    return await _send(request, wanted, Content(kind=Kind.TEXT, text=wanted.text))


@routes.post("/api/sendImage")
async def send_image(request: web.Request) -> web.Response:
    """A picture, with a caption or not."""
    wanted = await body(request, SendFile)
    content = Content(kind=Kind.IMAGE, text=wanted.caption, media=_file(wanted.file))
    return await _send(request, wanted, content)


@routes.post("/api/sendFile")
async def send_file(request: web.Request) -> web.Response:
    """A document."""
    wanted = await body(request, SendFile)
    content = Content(kind=Kind.DOCUMENT, text=wanted.caption, media=_file(wanted.file))
    return await _send(request, wanted, content)


@routes.post("/api/sendVoice")
async def send_voice(request: web.Request) -> web.Response:
    """A voice message."""
    wanted = await body(request, SendVoice)
    return await _send(request, wanted, Content(kind=Kind.VOICE, media=_file(wanted.file)))


@routes.post("/api/sendVideo")
async def send_video(request: web.Request) -> web.Response:
    """A video."""
    wanted = await body(request, SendVideo)
    content = Content(kind=Kind.VIDEO, text=wanted.caption, media=_file(wanted.file))
    return await _send(request, wanted, content)


@routes.post("/api/sendLocation")
async def send_location(request: web.Request) -> web.Response:
    """A point on the map."""
    wanted = await body(request, SendLocation)
    point = Location(latitude=wanted.latitude, longitude=wanted.longitude, name=wanted.title)
    return await _send(request, wanted, Content(kind=Kind.LOCATION, location=point))


@routes.post("/api/sendContactVcard")
async def send_contacts(request: web.Request) -> web.Response:
    """One or more contacts."""
    wanted = await body(request, SendContacts)
    cards = tuple(card.card() for card in wanted.contacts)
    return await _send(request, wanted, Content(kind=Kind.CONTACT, contacts=cards))


@routes.post("/api/sendPoll")
async def send_poll(request: web.Request) -> web.Response:
    """A poll."""
    wanted = await body(request, SendPoll)
    poll = Poll(
        name=wanted.poll.name,
        options=wanted.poll.options,
        multiple_answers=bool(wanted.poll.multiple_answers),
    )
    return await _send(request, wanted, Content(kind=Kind.POLL, poll=poll))


@routes.post("/api/sendList")
async def send_list(request: web.Request) -> web.Response:
    """A list to choose from, of the engines without a browser."""
    wanted = await body(request, SendList)
    if request.app[SIMULATOR].working(wanted.session).engine is Engine.WEBJS:
        return problem(HTTPStatus.NOT_IMPLEMENTED, "Not implemented by WEBJS")
    head = Sending(session=wanted.session, chat_id=wanted.chat_id, reply_to=wanted.reply_to)
    content = Content(kind=Kind.LIST, text=wanted.message.description, offer=wanted.message)
    return await _send(request, head, content)


@routes.post("/api/sendSeen")
async def send_seen(request: web.Request) -> web.Response:
    """Blue ticks for the other side."""
    wanted = await body(request, SendSeen)
    session = request.app[SIMULATOR].working(wanted.session)
    session.acts.append(Act(kind="seen", chat_id=wanted.chat_id))
    return answer({}, 201)


@routes.post("/api/startTyping")
async def start_typing(request: web.Request) -> web.Response:
    """The other side sees "typing…"."""
    wanted = await body(request, ToChat)
    request.app[SIMULATOR].working(wanted.session)
    return answer(None, 201)


@routes.post("/api/stopTyping")
async def stop_typing(request: web.Request) -> web.Response:
    """And no longer."""
    wanted = await body(request, ToChat)
    request.app[SIMULATOR].working(wanted.session)
    return answer(None, 201)


@routes.put("/api/reaction")
async def put_reaction(request: web.Request) -> web.Response:
    """React to a message of the history."""
    wanted = await body(request, PutReaction)
    simulator = request.app[SIMULATOR]
    session = simulator.working(wanted.session)
    session.acts.append(Act(kind="reaction", message_id=wanted.message_id, value=wanted.reaction))
    reaction_id, _ = simulator.react(session, wanted.message_id, wanted.reaction, from_me=True)
    return answer(ReactionAnswer(id=reaction_id))


@routes.get("/api/{session}/new-message-id")
async def new_message_id(request: web.Request) -> web.Response:
    """Reserve an id; sending with it twice sends once."""
    simulator = request.app[SIMULATOR]
    simulator.working(request.match_info["session"])
    return answer(NewMessageId(id=simulator.ids.stanza(from_me=True)))


@routes.put("/api/{session}/chats/{chat_id}/messages/{message_id}")
async def edit_message(request: web.Request) -> web.Response:
    """Change the text of a message."""
    wanted = await body(request, EditMessage)
    simulator = request.app[SIMULATOR]
    session = simulator.working(request.match_info["session"])
    simulator.edit(session, request.match_info["message_id"], wanted.text)
    return answer(None)


@routes.delete("/api/{session}/chats/{chat_id}/messages/{message_id}")
async def delete_message(request: web.Request) -> web.Response:
    """Delete a message for everyone."""
    simulator = request.app[SIMULATOR]
    session = simulator.working(request.match_info["session"])
    simulator.revoke(session, request.match_info["message_id"])
    return answer(None)
