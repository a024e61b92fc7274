"""`/v1/chats/{chat_id}/messages`: what was said in a chat, and who of a group got it."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from platform_http import Caller, Page, Paged, Reads
from ventros_messaging.domain.message import StoredMessage
from ventros_messaging.domain.timeline import Position
from ventros_messaging.http.responses import (
    ChatMessageResponse,
    RecipientResponse,
    chat_message_response,
    recipient_response,
)
from ventros_messaging.http.timeline_pages import cursors_around, cursors_of
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
from ventros_messaging.queries import chat_messages, chats, search, timeline
from ventros_messaging.queries.timeline import Narrowing, Scope


class ChatTimelinePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a chat; its cursors are those of `TimelinePage`."""

    items: list[ChatMessageResponse]
    next_cursor: str | None
    previous_cursor: str | None


@get(
    "/v1/chats/{chat_id:uuid}/messages",
    operation_id="listChatMessages",
    summary="List the messages of a chat",
)
async def list_chat_messages(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    chat_id: FromPath[UUID],
    content_type: OfType = None,
    from_me: FromMe = None,
    after: After = None,
    before: Before = None,
    order: Direction = "asc",
    q: Annotated[
        str | None,
        QueryParameter(
            description="Only messages that say all of these words, whatever their accents and"
            " case; of the last one its beginning is enough.",
            schema_extra={"maxLength": search.LONGEST},
        ),
    ] = None,
    around: Around = None,
) -> ChatTimelinePage:
    """The messages of a chat, with one person or of a group, in the order of the timeline. Pages
    lead both ways, as those of `GET /v1/messages` do.
    """
    scope = Scope(tenant_id=principal.tenant_id, project_id=principal.project_id)
    narrowing = Narrowing(
        content_type=content_type, from_me=from_me, after=after, before=before, order=order
    )
    words = words_of_query(q)
    if around is not None and page.cursor is not None:
        raise not_both()
    asked = f"chat {principal.project_id} {chat_id} {q}"
    question, back = f"{asked} {narrowing}", f"{asked} {timeline.turned(narrowing)}"
    beyond = page.after(question, Position)

    def show(stored: StoredMessage) -> ChatMessageResponse:
        return chat_message_response(stored, chat_id)

    async with reader(principal) as tx:
        chat = (await chats.chat(tx, scope.tenant_id, scope.project_id, chat_id)).chat
        wanted = await search.wanted_by(tx, scope, words) if words else None
        if around is not None:
            found = await chat_messages.around(
                tx, scope, chat, around, narrowing, limit=page.limit, wanted=wanted
            )
            items = [*found.before, found.message, *found.after]
            following, previous = cursors_around(found, question, back)
            return ChatTimelinePage(
                items=[show(item) for item in items],
                next_cursor=following,
                previous_cursor=previous,
            )
        rows = await chat_messages.page(
            tx, scope, chat, narrowing, beyond=beyond, limit=page.fetch, wanted=wanted
        )
    cut, previous = cursors_of(page, rows, question, back, show)
    return ChatTimelinePage(items=cut.items, next_cursor=cut.next_cursor, previous_cursor=previous)


@get(
    "/v1/chats/{chat_id:uuid}/messages/{message_id:uuid}",
    operation_id="getChatMessage",
    summary="Read a message of a chat",
)
async def read_chat_message(
    principal: Caller, reader: Reads, chat_id: FromPath[UUID], message_id: FromPath[UUID]
) -> ChatMessageResponse:
    """One message of a chat with its content."""
    scope = Scope(tenant_id=principal.tenant_id, project_id=principal.project_id)
    async with reader(principal) as tx:
        chat = (await chats.chat(tx, scope.tenant_id, scope.project_id, chat_id)).chat
        found = await chat_messages.one(tx, scope, chat, message_id)
    return chat_message_response(found, chat_id)


@get(
    "/v1/chats/{chat_id:uuid}/messages/{message_id:uuid}/recipients",
    operation_id="listMessageRecipients",
    summary="List who of a group got a message",
)
async def list_recipients(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    chat_id: FromPath[UUID],
    message_id: FromPath[UUID],
) -> Page[RecipientResponse]:
    """How far a message of ours got with each member of its group; a member of whom nothing was
    told is not listed."""
    scope = Scope(tenant_id=principal.tenant_id, project_id=principal.project_id)
    question = f"recipients {principal.project_id} {message_id}"
    beyond = page.after(question, UUID)
    async with reader(principal) as tx:
        chat = (await chats.chat(tx, scope.tenant_id, scope.project_id, chat_id)).chat
        found = await chat_messages.recipients(
            tx, scope, chat, message_id, beyond=beyond, limit=page.fetch
        )
    return page.cut(question, found, lambda each: each.id, recipient_response)


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (
    list_chat_messages,
    read_chat_message,
    list_recipients,
)
