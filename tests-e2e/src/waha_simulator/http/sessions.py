"""/api/sessions: create, read, change, start, stop, log out."""

from aiohttp import web
from msgspec import Struct, field

from waha_simulator import payloads
from waha_simulator.http.edge import SIMULATOR, answer, body, flag
from waha_simulator.http.requests import CreateSession, UpdateSession
from waha_simulator.sessions import Session, SessionConfig, Status
from waha_simulator.wire import Me

routes = web.RouteTableDef()


class SessionAnswer(Struct, frozen=True, kw_only=True):
    """What the writing routes answer."""

    name: str
    status: Status
    config: SessionConfig


class Timestamps(Struct, frozen=True, kw_only=True):
    """Unix milliseconds of the last activity."""

    activity: int | None


class SessionInfo(Struct, frozen=True, kw_only=True):
    """What the reading routes answer."""

    name: str
    me: Me | None
    assigned_worker: str | None = field(name="assignedWorker")
    presence: str | None
    timestamps: Timestamps
    status: Status
    config: SessionConfig


def _answer(session: Session, status: int) -> web.Response:
    document = SessionAnswer(name=session.name, status=session.status, config=session.config)
    return answer(document, status)


def _info(session: Session) -> SessionInfo:
    return SessionInfo(
        name=session.name,
        me=None if session.owner is None else payloads.me(session.owner),
        assigned_worker=None,
        presence=None,
        timestamps=Timestamps(activity=session.last_activity_ms),
        status=session.status,
        config=session.config,
    )


def _named(request: web.Request) -> Session:
    return request.app[SIMULATOR].get(request.match_info["session"])


@routes.get("/api/sessions")
async def list_sessions(request: web.Request) -> web.Response:
    """Running sessions; `?all=true` also the stopped ones."""
    every = flag(request, "all") or False
    sessions = request.app[SIMULATOR].sessions.values()
    return answer([_info(one) for one in sessions if every or one.status is not Status.STOPPED])


@routes.post("/api/sessions")
async def create_session(request: web.Request) -> web.Response:
    """Make a session and, unless told otherwise, start it."""
    wanted = await body(request, CreateSession)
    config = wanted.config or SessionConfig()
    return _answer(request.app[SIMULATOR].create(wanted.name, config, start=wanted.start), 201)


@routes.get("/api/sessions/{session}")
async def get_session(request: web.Request) -> web.Response:
    """One session."""
    return answer(_info(_named(request)))


@routes.put("/api/sessions/{session}")
async def update_session(request: web.Request) -> web.Response:
    """Replace the configuration; a running session restarts."""
    wanted = await body(request, UpdateSession)
    session, simulator = _named(request), request.app[SIMULATOR]
    session.config = wanted.config or SessionConfig()
    if session.status is not Status.STOPPED:
        simulator.stop(session)
        simulator.start(session)
    return _answer(session, 200)


@routes.delete("/api/sessions/{session}")
async def delete_session(request: web.Request) -> web.Response:
    """Stop and forget."""
    request.app[SIMULATOR].delete(request.match_info["session"])
    return answer(None)


@routes.get("/api/sessions/{session}/me")
async def get_me(request: web.Request) -> web.Response:
    """The paired account, null before pairing."""
    owner = _named(request).owner
    return web.json_response(None) if owner is None else answer(payloads.me(owner))


@routes.post("/api/sessions/{session}/start")
async def start_session(request: web.Request) -> web.Response:
    """Start; again changes nothing."""
    session = _named(request)
    request.app[SIMULATOR].start(session)
    return _answer(session, 201)


@routes.post("/api/sessions/{session}/stop")
async def stop_session(request: web.Request) -> web.Response:
    """Stop; again changes nothing."""
    session = _named(request)
    request.app[SIMULATOR].stop(session)
    return _answer(session, 201)


@routes.post("/api/sessions/{session}/logout")
async def logout_session(request: web.Request) -> web.Response:
    """Unpair."""
    session = _named(request)
    request.app[SIMULATOR].logout(session)
    return _answer(session, 201)


@routes.post("/api/sessions/{session}/restart")
async def restart_session(request: web.Request) -> web.Response:
    """Stop and start."""
    session, simulator = _named(request), request.app[SIMULATOR]
    simulator.stop(session)
    simulator.start(session)
    return _answer(session, 201)
