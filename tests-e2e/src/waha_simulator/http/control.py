"""/simulator: make the simulated WhatsApp act."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct
from msgspec.structs import replace

from waha_simulator.contents import (
    Ad,
    Choice,
    ContactCard,
    Content,
    Kind,
    Location,
    MediaFile,
    Poll,
    Quoted,
    sample,
)
from waha_simulator.engines import Engine
from waha_simulator.http.edge import SIMULATOR, answer, body
from waha_simulator.ids import wall_clock_ms
from waha_simulator.payloads import Message, Place
from waha_simulator.people import Address, Person
from waha_simulator.posting import Delivery, outcomes
from waha_simulator.sessions import Session
from waha_simulator.simulator import Happened, Simulator
from waha_simulator.wire import JsonObject

routes = web.RouteTableDef()
MAX_COPIES = 1000
MAX_BATCH = 10_000


class Pair(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The phone that scans the QR code, and the engine that the session runs on from then."""

    owner: Person
    engine: Engine | None = None
    old_release: bool = False


class Write(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message that is written: by a customer, or (`from_me`) on the account's own phone.

    What is left out of the content gets a sample. `copies` posts each webhook again with the same
    envelope id, `repeats` reports the same message again under new envelope ids.
    `timestamp` is in Unix seconds, now by default.
    """

    person: Person
    kind: Kind = Kind.TEXT
    text: str | None = None
    media: MediaFile | None = None
    location: Location | None = None
    contacts: tuple[ContactCard, ...] = ()
    poll: Poll | None = None
    choice: Choice | None = None
    ad: Ad | None = None
    quoted: Quoted | None = None
    view_once: bool = False
    from_me: bool = False
    address: Address | None = None
    place: Place = Place.DIRECT
    place_id: str | None = None
    stanza: str | None = None
    timestamp: int | None = None
    copies: Annotated[int, Meta(ge=1, le=MAX_COPIES)] = 1
    repeats: Annotated[int, Meta(ge=1, le=MAX_COPIES)] = 1
    wait: bool = False


class Batch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many at once; `in_order` delivers each before the next is begun."""

    messages: Annotated[tuple[Write, ...], Meta(min_length=1, max_length=MAX_BATCH)]
    in_order: bool = False
    wait: bool = False


class RawEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any other event, with its payload as given; `id` repeats an envelope."""

    event: str
    payload: JsonObject
    id: str | None = None
    copies: Annotated[int, Meta(ge=1, le=MAX_COPIES)] = 1
    wait: bool = False


class AckOf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The other side's phone acknowledges: 1 SERVER, 2 DEVICE, 3 READ, 4 PLAYED, -1 ERROR.

    In a group each member does so, `by` themselves.
    """

    message_id: str
    ack: Annotated[int, Meta(ge=-1, le=4)]
    by: Person | None = None


class React(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person reacts to a message."""

    message_id: str
    emoji: str


class Edit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person changes the text of a message."""

    message_id: str
    text: str


class Revoke(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person deletes a message for everyone."""

    message_id: str


class Written(Struct, frozen=True, kw_only=True):
    """What came of a `Write`; `deliveries` only when it was waited for."""

    message_id: str
    stanza: str
    event_ids: tuple[str, ...]
    deliveries: tuple[Delivery, ...]


def _content(write: Write) -> Content:
    base = sample(write.kind, write.text)
    return replace(
        base,
        media=write.media or base.media,
        location=write.location or base.location,
        contacts=write.contacts or base.contacts,
        poll=write.poll or base.poll,
        choice=write.choice or base.choice,
        ad=write.ad or base.ad,
        quoted=write.quoted,
        view_once=write.view_once,
    )


def _write(simulator: Simulator, session: Session, write: Write) -> list[Happened]:
    message = Message(
        person=write.person,
        content=_content(write),
        stanza=write.stanza or simulator.ids.stanza(from_me=write.from_me),
        timestamp=write.timestamp if write.timestamp is not None else wall_clock_ms() // 1000,
        from_me=write.from_me,
        address=write.address,
        place=write.place,
        place_id=write.place_id,
        source="app",
    )
    return [simulator.announce(session, message, copies=write.copies) for _ in range(write.repeats)]


async def _written(happened: list[Happened], *, wait: bool) -> Written:
    futures = [future for one in happened for future in one.deliveries]
    lines = await outcomes(futures) if wait else []
    return Written(
        message_id=happened[0].message_id,
        stanza=happened[0].message.stanza,
        event_ids=tuple(event_id for one in happened for event_id in one.event_ids),
        deliveries=tuple(lines),
    )


def _session(request: web.Request) -> Session:
    return request.app[SIMULATOR].working(request.match_info["session"])


@routes.post("/simulator/sessions/{session}/pair")
async def pair(request: web.Request) -> web.Response:
    """Scan the QR code: the session becomes WORKING."""
    wanted = await body(request, Pair)
    simulator = request.app[SIMULATOR]
    session = simulator.get(request.match_info["session"])
    session.engine = wanted.engine or session.engine
    session.old_release = wanted.old_release
    simulator.pair(session, wanted.owner)
    return answer(None, 204)


@routes.post("/simulator/sessions/{session}/fail")
async def fail(request: web.Request) -> web.Response:
    """The engine loses the session: FAILED until a restart."""
    simulator = request.app[SIMULATOR]
    simulator.fail(simulator.get(request.match_info["session"]))
    return answer(None, 204)


@routes.post("/simulator/sessions/{session}/messages")
async def write_message(request: web.Request) -> web.Response:
    """Somebody writes."""
    wanted = await body(request, Write)
    happened = _write(request.app[SIMULATOR], _session(request), wanted)
    return answer(await _written(happened, wait=wanted.wait), 201)


@routes.post("/simulator/sessions/{session}/batch")
async def write_batch(request: web.Request) -> web.Response:
    """Many write."""
    wanted = await body(request, Batch)
    simulator, session = request.app[SIMULATOR], _session(request)
    written: list[Written] = []
    begun: list[list[Happened]] = []
    for write in wanted.messages:
        happened = _write(simulator, session, write)
        if wanted.in_order:
            written.append(await _written(happened, wait=True))
        else:
            begun.append(happened)
    written += [await _written(happened, wait=wanted.wait) for happened in begun]
    return answer(written, 201)


@routes.post("/simulator/sessions/{session}/events")
async def raw_event(request: web.Request) -> web.Response:
    """Any event of WAHA's list, with the payload that is given."""
    wanted = await body(request, RawEvent)
    event_id, begun = request.app[SIMULATOR].emit(
        _session(request), wanted.event, wanted.payload, copies=wanted.copies, event_id=wanted.id
    )
    lines = await outcomes(begun) if wanted.wait else []
    document = Written(message_id="", stanza="", event_ids=(event_id,), deliveries=tuple(lines))
    return answer(document, 201)


@routes.post("/simulator/sessions/{session}/acks")
async def acknowledge(request: web.Request) -> web.Response:
    """A message is delivered, read or played."""
    wanted = await body(request, AckOf)
    request.app[SIMULATOR].acknowledge(_session(request), wanted.message_id, wanted.ack, wanted.by)
    return answer(None, 204)


@routes.post("/simulator/sessions/{session}/reactions")
async def react(request: web.Request) -> web.Response:
    """The person reacts."""
    wanted = await body(request, React)
    simulator = request.app[SIMULATOR]
    simulator.react(_session(request), wanted.message_id, wanted.emoji, from_me=False)
    return answer(None, 204)


@routes.post("/simulator/sessions/{session}/edits")
async def edit(request: web.Request) -> web.Response:
    """The person edits."""
    wanted = await body(request, Edit)
    request.app[SIMULATOR].edit(_session(request), wanted.message_id, wanted.text)
    return answer(None, 204)


@routes.post("/simulator/sessions/{session}/revocations")
async def revoke(request: web.Request) -> web.Response:
    """The person deletes for everyone."""
    wanted = await body(request, Revoke)
    request.app[SIMULATOR].revoke(_session(request), wanted.message_id)
    return answer(None, 204)
