"""`/v1/messages`: the timeline of a session or of a contact, and one message."""

from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from platform_http import Caller, FieldError, Page, Paged, Reads, RequestError
from platform_http.problems import MEDIA_TYPE, Problem
from ventros_messaging.domain.fate import Wording
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.domain.timeline import Position
from ventros_messaging.http.responses import (
    MessageResponse,
    VersionResponse,
    message_response,
    version_response,
)
from ventros_messaging.http.timeline_pages import TimelinePage, surroundings, timeline_page
from ventros_messaging.http.timeline_query import (
    After,
    Around,
    Before,
    Direction,
    FromMe,
    OfType,
    not_both,
    words_of_query,
)
from ventros_messaging.queries import message as one
from ventros_messaging.queries import search, timeline, versions
from ventros_messaging.queries.timeline import Narrowing, Scope
from ventros_messaging.store.messages import Owner


@get(
    "/v1/messages",
    operation_id="listMessages",
    summary="List the messages of a session or contact",
    responses={
        404: ResponseSpec(
            Problem,
            description="The message of `around` is not in this timeline.",
            generate_examples=False,
            media_type=MEDIA_TYPE,
        )
    },
)
async def list_messages(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    session_id: Annotated[
        UUID | None, QueryParameter(description="The messages of this session.")
    ] = None,
    contact_id: Annotated[
        UUID | None,
        QueryParameter(
            description="The messages of this contact and of those that were merged with it."
        ),
    ] = None,
    content_type: OfType = None,
    from_me: FromMe = None,
    after: After = None,
    before: Before = None,
    order: Direction = "asc",
    q: Annotated[
        str | None,
        QueryParameter(
            description="Only messages that say all of these words, whatever their accents and"
            " case; of the last one its beginning is enough. With neither session nor contact, of"
            " the whole project.",
            schema_extra={"maxLength": search.LONGEST},
        ),
    ] = None,
    around: Around = None,
) -> TimelinePage:
    """The timeline of a session or of a contact: exactly one of `session_id` and `contact_id`.
    With `q` only what says these words, and, with neither of the two, of all that was said in the
    project. A message is found by its words within a second or so.

    Messages are in the order of the provider's time, then in the order in which they reached us.
    One that reaches us late is in its place in the timeline, and so may appear before a cursor.
    To go the other way from a page, ask for its `previous_cursor` with the other `order`.
    """
    owner: Owner = "contact_id" if session_id is None else "session_id"
    owner_id = session_id or contact_id
    everywhere = owner_id is None and q is not None and around is None
    if (owner_id is None and not everywhere) or (session_id is not None and contact_id is not None):
        raise _missing_filter()
    scope = Scope(tenant_id=principal.tenant_id, project_id=principal.project_id)
    narrowing = Narrowing(
        content_type=content_type,
        from_me=from_me,
        after=after,
        before=before,
        order=order,
    )
    words = words_of_query(q)
    asked = f"messages {principal.project_id} {session_id} {contact_id} {q}"
    question, back = f"{asked} {narrowing}", f"{asked} {timeline.turned(narrowing)}"
    if around is not None and page.cursor is not None:
        raise not_both()
    beyond = page.after(question, Position)
    async with reader(principal) as tx:
        wanted = await search.wanted_by(tx, scope, words) if words else None
        rows: list[StoredMessage] = []
        if owner_id is not None and around is not None:
            found = await timeline.around(
                tx, scope, owner, owner_id, around, narrowing, limit=page.limit, wanted=wanted
            )
            return surroundings(found, question, back)
        if owner_id is not None:
            ask = timeline.of_session if owner == "session_id" else timeline.of_contact
            rows = await ask(
                tx, scope, owner_id, narrowing, beyond=beyond, limit=page.fetch, wanted=wanted
            )
        elif wanted is not None:
            rows = await search.of_project(
                tx, scope, wanted, narrowing, beyond=beyond, limit=page.fetch
            )
    return timeline_page(page, rows, question, back)


@get("/v1/messages/{message_id:uuid}", operation_id="getMessage", summary="Read a message")
async def read_message(
    principal: Caller, reader: Reads, message_id: FromPath[UUID]
) -> MessageResponse:
    """One message with its content; one of a group is read in its chat."""
    async with reader(principal) as tx:
        found = await one.message(tx, principal.tenant_id, principal.project_id, message_id)
    return message_response(found)


@get(
    "/v1/messages/{message_id:uuid}/versions",
    operation_id="listMessageVersions",
    summary="List what a message said",
)
async def list_versions(
    principal: Caller, reader: Reads, page: Paged, message_id: FromPath[UUID]
) -> Page[VersionResponse]:
    """Every wording of a message, the first one first; one that was never edited has only that."""
    question = f"versions {principal.project_id} {message_id}"
    beyond = page.after(question, int) or 0
    async with reader(principal) as tx:
        found = await versions.versions(
            tx,
            principal.tenant_id,
            principal.project_id,
            message_id,
            beyond=beyond,
            limit=page.fetch,
        )
    return page.cut(question, found, _number, lambda each: version_response(*each))


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (list_messages, read_message, list_versions)


def _number(numbered: tuple[int, Wording]) -> int:
    return numbered[0]


def _missing_filter() -> RequestError:
    detail = "Exactly one of session_id and contact_id is needed."
    return RequestError(
        400,
        "missing_filter",
        detail,
        [
            FieldError(code="exactly_one", detail=detail, parameter="session_id"),
            FieldError(code="exactly_one", detail=detail, parameter="contact_id"),
        ],
    )
