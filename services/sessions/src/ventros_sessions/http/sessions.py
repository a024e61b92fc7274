"""`/v1/sessions`: list, read, close."""

from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter

from platform_core.clock import utc_now
from platform_core.types import AwareDatetime
from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_sessions.commands.close_session import close_session
from ventros_sessions.domain.session import Session, Status
from ventros_sessions.events import publish
from ventros_sessions.http.responses import CloseSession, SessionResponse, session_response
from ventros_sessions.queries import sessions
from ventros_sessions.queries.sessions import Filters
from ventros_sessions.store.sessions import Position


@get("/v1/sessions", operation_id="listSessions", summary="List sessions")
async def list_sessions(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    status: Annotated[
        Status | None, QueryParameter(description="Only sessions with this status.")
    ] = None,
    contact_id: Annotated[
        UUID | None,
        QueryParameter(
            description="The sessions of this contact and of those that were merged with it."
        ),
    ] = None,
    channel_id: Annotated[
        UUID | None, QueryParameter(description="Only sessions on this channel.")
    ] = None,
    started_after: Annotated[
        AwareDatetime | None,
        QueryParameter(description="Only sessions that started at this time or later."),
    ] = None,
    started_before: Annotated[
        AwareDatetime | None,
        QueryParameter(description="Only sessions that started before this time."),
    ] = None,
) -> Page[SessionResponse]:
    """The sessions of the project, newest first."""
    filters = Filters(
        status=status,
        contact_id=contact_id,
        channel_id=channel_id,
        started_after=started_after,
        started_before=started_before,
    )
    question = f"sessions {principal.project_id} {filters}"
    beyond = page.after(question, Position)
    async with reader(principal) as tx:
        rows = await sessions.newest(
            tx, principal.project_id, filters, beyond=beyond, limit=page.fetch
        )
    return page.cut(question, rows, _position, session_response)


@get("/v1/sessions/{session_id:uuid}", operation_id="getSession", summary="Read a session")
async def read_session(
    principal: Caller, reader: Reads, session_id: FromPath[UUID]
) -> SessionResponse:
    """One session with its totals."""
    async with reader(principal) as tx:
        found = await sessions.one(tx, principal.project_id, session_id)
    return session_response(found)


@post(
    "/v1/sessions/{session_id:uuid}/close",
    operation_id="closeSession",
    summary="Close a session",
    status_code=200,
)
async def close_one(
    principal: Caller, writer: Writes, session_id: FromPath[UUID], data: JSONBody[CloseSession]
) -> SessionResponse:
    """End an active session now. One that has ended answers 409 `session_not_active`."""
    async with writer(principal) as tx:
        ended = await close_session(tx, principal.project_id, session_id, data.reason)
        await publish.say(tx, [ended], utc_now())
    return session_response(ended.session)


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (list_sessions, read_session, close_one)


def _position(session: Session) -> Position:
    return Position(session.started_at, session.id)
