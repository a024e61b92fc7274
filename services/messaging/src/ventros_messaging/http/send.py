"""`POST /v1/messages` and `/v1/outgoing-messages`: messages of ours on their way out."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_messaging.commands.attach_file import attach, with_file
from ventros_messaging.commands.send_message import SendMessage, send_message
from ventros_messaging.commands.send_to_chat import Posted, send_to_chat
from ventros_messaging.domain.outgoing import EXPIRES_AFTER, OutgoingStatus
from ventros_messaging.events.posts import post_requested
from ventros_messaging.events.sending import send_requested
from ventros_messaging.events.sending_extras import saying_extras
from ventros_messaging.events.sending_file import saying_file
from ventros_messaging.http.files import Files
from ventros_messaging.http.refusals import refused
from ventros_messaging.http.send_bodies import (
    OutgoingMessageResponse,
    SendMessageBody,
    file_of,
    outgoing_response,
)
from ventros_messaging.http.send_extras import extras_of
from ventros_messaging.http.send_template import template_of
from ventros_messaging.http.source import source_of
from ventros_messaging.queries import outgoing
from ventros_messaging.queries.timeline import Scope
from ventros_messaging.store.outgoing import queue

_FILE_LINK_LIFE: Final = EXPIRES_AFTER + timedelta(hours=1)
"""A provider that takes a message at the last moment fetches its file after that."""


@post(
    "/v1/messages",
    operation_id="sendMessage",
    summary="Send a message",
    status_code=202,
    idempotency="required",
    plans="same",
    responses={
        409: refused("The channel is off or knows no address, the window or the group is shut."),
        422: refused(
            "Unknown contact, session, chat, channel or file, or a content it does not send."
        ),
    },
)
async def send(
    data: JSONBody[SendMessageBody],
    principal: Caller,
    writer: Writes,
    files: NamedDependency[SkipValidation[Files]],
) -> OutgoingMessageResponse:
    """Queue a message. Messages to one contact, or into one group, are sent in the order in which
    they are asked for.

    The answer comes before the provider has it: `/v1/outgoing-messages/{id}` tells how far it got.
    Once it is sent, it is a message of its session, or of its group's chat, under the same id.
    """
    extras = extras_of(data)
    command = SendMessage(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        requested_by=principal.subject,
        source=source_of(principal),
        contact_id=data.contact_id,
        session_id=data.session_id,
        chat_id=data.chat_id,
        channel_id=data.channel_id,
        content=data.content.content(),
        template=template_of(data.content),
        reply_to=data.reply_to,
        extras=tuple(extras),
        mentions=tuple(data.mentions),
    )
    file_id = file_of(data.content)
    async with writer(principal) as tx:
        file = None
        if file_id is not None:
            command, file = await with_file(tx, command, file_id)
        queued = (
            await send_message(tx, command)
            if command.chat_id is None
            else await send_to_chat(tx, command, command.chat_id)
        )
        if isinstance(queued, Posted):
            said = post_requested(principal.tenant_id, queued, link_preview=data.link_preview)
        else:
            said = send_requested(principal.tenant_id, queued, link_preview=data.link_preview)
        if file is not None:
            template = None if isinstance(queued, Posted) else queued.template
            await attach(tx, principal.tenant_id, queued.message, file, template)
            url = files.outside(principal.tenant_id, queued.message.id, life=_FILE_LINK_LIFE)
            said = saying_file(said, file, url)
        for members in extras.values():
            said = saying_extras(said, **members)
        await queue(tx, principal.tenant_id, queued.message, said)
    return outgoing_response(queued.message)


@get(
    "/v1/outgoing-messages",
    operation_id="listOutgoingMessages",
    summary="List messages on their way out",
)
async def list_outgoing(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    contact_id: Annotated[
        UUID | None,
        QueryParameter(description="Only to this contact and those that were merged with it."),
    ] = None,
    chat_id: Annotated[
        UUID | None, QueryParameter(description="Only into this group, whatever the contact.")
    ] = None,
    status: Annotated[
        OutgoingStatus | None, QueryParameter(description="Only those that got so far.")
    ] = None,
) -> Page[OutgoingMessageResponse]:
    """What was asked to be sent, newest first: what waits, what was sent and what failed."""
    scope = Scope(tenant_id=principal.tenant_id, project_id=principal.project_id)
    question = f"outgoing {principal.project_id} {contact_id} {chat_id} {status}"
    before = page.after(question, UUID)
    async with reader(principal) as tx:
        rows = await outgoing.outgoing_messages(
            tx,
            scope,
            contact_id=contact_id,
            chat_id=chat_id,
            status=status,
            before=before,
            limit=page.fetch,
        )
    return page.cut(question, rows, lambda row: row.id, outgoing_response)


@get(
    "/v1/outgoing-messages/{message_id:uuid}",
    operation_id="getOutgoingMessage",
    summary="Read a message on its way out",
)
async def read_outgoing(
    principal: Caller, reader: Reads, message_id: FromPath[UUID]
) -> OutgoingMessageResponse:
    """How far a message of ours got until the provider had it."""
    scope = Scope(tenant_id=principal.tenant_id, project_id=principal.project_id)
    async with reader(principal) as tx:
        return outgoing_response(await outgoing.outgoing_message(tx, scope, message_id))


SENDING: Final[tuple[HTTPRouteHandler, ...]] = (send, list_outgoing, read_outgoing)
