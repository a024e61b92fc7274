"""What is asked for beside a content, and messages that are passed on."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from platform_http import Caller, Writes
from proto_events.sending import LinkPreview
from ventros_messaging.commands.forward_message import forward_message
from ventros_messaging.commands.send_message import SendMessage
from ventros_messaging.commands.send_to_chat import Posted
from ventros_messaging.domain.content import TextContent
from ventros_messaging.domain.mention import EVERYBODY, MentionUnfit
from ventros_messaging.domain.outgoing import PreviewUnfit
from ventros_messaging.events.posts import post_requested
from ventros_messaging.events.sending import send_requested
from ventros_messaging.events.sending_extras import saying_extras
from ventros_messaging.http.refusals import refused
from ventros_messaging.http.send_bodies import (
    OutgoingMessageResponse,
    SendButtonReplyBody,
    SendDocumentBody,
    SendImageBody,
    SendMessageBody,
    SendTextBody,
    SendVideoBody,
    outgoing_response,
)
from ventros_messaging.http.source import source_of
from ventros_messaging.store.outgoing import queue

_CALLING: Final = (SendTextBody, SendImageBody, SendVideoBody, SendDocumentBody)


class ForwardBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To a contact, to the contact of a session, or into a chat: one of the three."""

    contact_id: UUID | None = None
    session_id: UUID | None = None
    chat_id: UUID | None = None


def extras_of(data: SendMessageBody) -> dict[str, Mapping[str, Any]]:
    """Each extra that is asked for, with the members that say it.

    Raises:
        PreviewUnfit: the preview is of no text.
        MentionUnfit: people are called in something without words.
    """
    found: dict[str, Mapping[str, Any]] = {}
    if isinstance(data.content, SendVideoBody) and data.content.as_note:
        found["video_note"] = {"video_note": True}
    if isinstance(data.content, SendButtonReplyBody):
        found["button_reply"] = {}
    if data.mentions:
        if not isinstance(data.content, _CALLING):
            raise MentionUnfit("People are called in a text or a caption alone.")
        found["mentions"] = {"mention_all": True} if EVERYBODY in data.mentions else {}
    if data.preview is not None:
        if not isinstance(data.content, SendTextBody):
            raise PreviewUnfit("Only a text has a preview.")
        members = msgspec.structs.asdict(data.preview)
        found["link_preview"] = {"preview": LinkPreview(**members)}
    return found


@post(
    "/v1/messages/{message_id:uuid}/forward",
    operation_id="forwardMessage",
    summary="Pass a message on",
    status_code=202,
    idempotency="required",
    responses={
        409: refused("The channel is off, the message was deleted, or the group is shut."),
        422: refused("Unknown contact, session or chat, or the provider passes nothing on."),
    },
)
async def forward(
    data: JSONBody[ForwardBody], principal: Caller, writer: Writes, message_id: FromPath[UUID]
) -> OutgoingMessageResponse:
    """Pass a message on as it is, by its own channel: it goes the way of every message of ours, and
    is not done twice. A channel whose provider cannot is `extra_unsupported`; WAHA's engine GOWS
    cannot, and says so when it is asked."""
    command = SendMessage(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id,
        requested_by=principal.subject,
        source=source_of(principal),
        contact_id=data.contact_id,
        session_id=data.session_id,
        chat_id=data.chat_id,
        channel_id=None,
        content=TextContent(),
        reply_to=None,
    )
    async with writer(principal) as tx:
        forwarded = await forward_message(tx, command, message_id)
        queued = forwarded.queued
        if isinstance(queued, Posted):
            said = post_requested(principal.tenant_id, queued, link_preview=True)
        else:
            said = send_requested(principal.tenant_id, queued, link_preview=True)
        said = saying_extras(said, forward_of=forwarded.provider_message_id)
        await queue(tx, principal.tenant_id, queued.message, said)
    return outgoing_response(queued.message)


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (forward,)
